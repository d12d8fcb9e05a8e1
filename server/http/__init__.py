"""What does HTTP itself say? (no Flask, no state)"""
