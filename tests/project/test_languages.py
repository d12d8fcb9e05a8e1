"""The interface in other languages: catalogues, and what happens without one."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from flask.testing import FlaskClient

from policytrace.graph.vocabulary.translation import gettext, ngettext, speaking
from policytrace.server import create_app
from policytrace.server.language import make
from policytrace.server.language.catalogues import catalogue, direction
from policytrace.server.operations.settings import SettingError, Settings


@pytest.fixture(scope="module")
def texts() -> Catalog:
    """All texts of the interface."""
    return make.texts()


def _frisian(home: Path) -> Settings:
    found = Catalog(locale="fy")
    found.add("Skip to the content", "Gean nei de ynhâld")
    found.add(("%(num)s hop", "%(num)s hops"), ("%(num)s sprong", "%(num)s sprongen"))
    make.compile_catalogue(found, "fy", home / "locale")
    return Settings(home=home, language="fy", site="http://site.example/", query_processes=1, rate=0)


@pytest.fixture(scope="module")
def frisian(sample_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[FlaskClient]:
    """A client of a server in Frisian over the sample, which name a few things in it."""
    home = tmp_path_factory.mktemp("frisian") / "home"
    shutil.copytree(sample_home, home, copy_function=os.link)
    app = create_app(_frisian(home))
    yield app.test_client()
    app.extensions["policytrace"].pool.close()


def _page(client: FlaskClient, path: str) -> str:
    return client.get(path, headers={"Accept": "text/html"}).text


def test_a_server_speaks_the_language_of_its_settings(frisian: FlaskClient) -> None:
    page = _page(frisian, "/")
    assert '<html lang="fy">' in page
    assert "Gean nei de ynhâld" in page
    assert ">Browse<" in page


def test_a_thing_is_called_by_its_name_in_the_language_of_the_server(
    frisian: FlaskClient, client: FlaskClient
) -> None:
    assert "<h1>Fryslân</h1>" in _page(frisian, "/doc/region/friesland")
    assert "<h1>Friesland</h1>" in _page(client, "/doc/region/friesland")
    asked = "/api/paths?question=backward&to=region/friesland&layer=considered"
    assert "Fryslân" in {end["label"] for end in json.loads(frisian.get(asked).data)["question"]["to"]}
    assert '<a href="/doc/region/friesland">Fryslân</a>' in _page(frisian, "/search?q=friesland")


def test_a_name_in_another_language_says_in_which_it_is(frisian: FlaskClient) -> None:
    page = _page(frisian, "/doc/region/norte-pt")
    assert re.search(
        r'<h1 lang="en">[^<]+ <span class="tag" lang="fy">in the language “en”</span></h1>', page
    )
    assert '<a href="/doc/region/norte-pt" lang="en">' in _page(frisian, "/search?q=norte")


def test_documents_for_programs_are_the_same_in_every_language(
    frisian: FlaskClient, client: FlaskClient
) -> None:
    for path in ("/doc/region/friesland.ttl", "/collection/region.ttl", "/catalog.ttl"):
        assert frisian.get(path).data == client.get(path).data, path


@pytest.mark.parametrize(
    ("tag", "expected"),
    [
        ("en", "ltr"),
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("fa_IR", "rtl"),
        ("az-Arab", "rtl"),
        ("ar-Latn", "ltr"),
    ],
)
def test_a_language_says_in_which_direction_it_is_written(tag: str, expected: str) -> None:
    assert direction(tag) == expected


def test_a_text_without_translation_stays_english(tmp_path: Path) -> None:
    with speaking(catalogue(_frisian(tmp_path)), "fy"):
        assert gettext("Skip to the content") == "Gean nei de ynhâld"
        assert gettext("Browse") == "Browse"
        assert ngettext("%(num)s hop", "%(num)s hops", 2) == "%(num)s sprongen"
        assert gettext("") == ""
    assert gettext("Skip to the content") == "Skip to the content"


def test_a_language_without_catalogue_is_refused_by_name(tmp_path: Path) -> None:
    settings = _frisian(tmp_path)
    with pytest.raises(SettingError, match=r"POLICYTRACE_LANGUAGE.*“tlh”. There are: .*en, fy"):
        catalogue(Settings(home=settings.home, language="tlh"))


def test_a_damaged_catalogue_is_refused_by_name(tmp_path: Path) -> None:
    settings = _frisian(tmp_path)
    file = tmp_path / "locale" / "fy" / "LC_MESSAGES" / "policytrace.mo"
    file.write_bytes(b"not a catalogue")
    with pytest.raises(SettingError, match=r"policytrace\.mo is no compiled catalogue"):
        catalogue(settings)


def test_serving_ends_where_there_is_no_catalogue(sample_home: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "policytrace", "--home", str(sample_home), "serve"],
        env={"PATH": "/usr/bin", "POLICYTRACE_LANGUAGE": "tlh"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode != 0
    assert "POLICYTRACE_LANGUAGE: there is no catalogue for “tlh”" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_pages_are_english_without_a_setting(client: FlaskClient) -> None:
    assert '<html lang="en">' in client.get("/", headers={"Accept": "text/html"}).text


def test_all_texts_are_found_with_their_placeholders(texts: Catalog) -> None:
    assert "Skip to the content" in texts
    assert "Release <strong>%(id)s</strong>, published %(released)s." in texts
    assert ("%(num)s hop", "%(num)s hops") in texts
    assert len(texts) > 600


def test_a_translator_gets_a_template_and_compiled_catalogues(
    texts: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(make, "SOURCES", tmp_path / "sources")
    monkeypatch.setattr(make, "BUILT", tmp_path / "build" / "locale")
    monkeypatch.setattr(make, "ROOT", tmp_path)
    monkeypatch.setattr(make, "texts", lambda: texts)
    assert make.main() == 0
    template = tmp_path / "build" / "locale" / "policytrace.pot"
    initialised = ["-m", "babel.messages.frontend", "init", "-i", str(template), "-d", str(make.SOURCES)]
    subprocess.run(
        [sys.executable, *initialised, "-D", "policytrace", "-l", "fy"], check=True, capture_output=True
    )
    written = make.SOURCES / "fy" / "LC_MESSAGES" / "policytrace.po"
    text = written.read_text("utf-8")
    text = text.replace('msgid "Browse"\nmsgstr ""', 'msgid "Browse"\nmsgstr "Blêdzje"')
    written.write_text(text, "utf-8")
    assert make.main() == 0
    assert "fy: 1 of" in capsys.readouterr().out
    (tmp_path / "home").mkdir()
    shutil.copytree(make.BUILT, tmp_path / "home" / "locale")
    with speaking(catalogue(Settings(home=tmp_path / "home", language="fy")), "fy"):
        assert gettext("Browse") == "Blêdzje"
    wrong = 'msgid "All %(count)s projects"\nmsgstr "'
    written.write_text(text.replace(wrong, wrong + "Alle %(tal)s projekten"), "utf-8")
    assert make.main() == 1
    assert "fy: 'All %(count)s projects'" in capsys.readouterr().out
