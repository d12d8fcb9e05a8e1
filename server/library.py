"""stub"""

from flask import Blueprint

blueprint = Blueprint("library", __name__)
