"""A workbook that reaches too far is refused by the beginnings of its elements, before cells are made."""

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from policytrace.graph.tables.workbooks import UnreadableError
from policytrace.graph.workbooks import expanse
from policytrace.graph.workbooks.check import check
from policytrace.graph.workbooks.expanse import check_expanse

FAR = "XFD1048576"


def _workbook(path: Path, old: str = "", new: str = "", part: str = "xl/worksheets/sheet1.xml") -> Path:
    """A small workbook in which a text of its sheet was replaced, and the sheet perhaps renamed."""
    book, whole = Workbook(), io.BytesIO()
    sheet = book.active
    assert sheet is not None
    sheet.title = "measures"
    sheet.append(["id", "title"])
    sheet.append(["me-a", "A"])
    sheet.merge_cells("A2:B2")
    sheet["A1"].hyperlink = "https://example.org/"
    book.save(whole)
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(path, "w") as target:
        for item in source.infolist():
            text = source.read(item).decode()
            name = item.filename
            if name == "xl/worksheets/sheet1.xml":
                assert old in text
                text, name = text.replace(old, new) if old else text, part
            target.writestr(name, text.replace("xl/worksheets/sheet1.xml", part))
    return path


def test_a_usual_workbook_does_not_reach_too_far(tmp_path: Path) -> None:
    check_expanse(_workbook(tmp_path / "a.xlsx"))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<mergeCell ref="A2:B2"', f'<mergeCell ref="A1:{FAR}"'),
        ('<mergeCell ref="A2:B2"', '<mergeCell ref="$A:$XFD"'),
        ('<mergeCell ref="A2:B2"', '<mergeCell ref="1:1048576"'),
        ('<mergeCell ref="A2:B2"/>', '<mergeCell ref="A1:Z999"/>' * 10),
        (' ref="A1"', f' ref="A1:{FAR}"'),
        ('<dimension ref="A1:B2"', f'<dimension ref="A1:{FAR}"'),
        ('<c r="A2"', f'<c r="{FAR}"'),
        ('<row r="2"', '<row r="99999999999"'),
        ('<row r="2"', f'<row r="{"9" * 5000}"'),
    ],
)
def test_what_reaches_too_far_is_told_with_a_way_out(tmp_path: Path, old: str, new: str) -> None:
    path = _workbook(tmp_path / "a.xlsx", old, new)
    with pytest.raises(UnreadableError, match=r"up to [\d,]+ are read\. (Split|Delete)"):
        check_expanse(path)
    report = check(path, None)
    assert (report.readable, len(report.findings)) == (False, 1)
    assert "are read" in report.findings[0].message


def test_a_sheet_is_found_whatever_its_part_is_called(tmp_path: Path) -> None:
    path = _workbook(tmp_path / "a.xlsx", 'ref="A2:B2"', f'ref="A1:{FAR}"', "other/place.bin")
    with pytest.raises(UnreadableError):
        check_expanse(path)


def test_other_encodings_and_prefixes_hide_nothing(tmp_path: Path) -> None:
    for number, text in enumerate(
        (
            f'<x:worksheet xmlns:x="urn:x"><x:mergeCell ref="A1:{FAR}"/></x:worksheet>'.encode(),
            f'<?xml version="1.0" encoding="UTF-16"?><w><mergeCell ref="A1:{FAR}"/></w>'.encode("utf-16"),
            b'<w><mergeCell ref="A1:&#88;FD1048576"/>',
        )
    ):
        path = tmp_path / f"{number}.xlsx"
        with zipfile.ZipFile(path, "w") as target:
            target.writestr("xl/worksheets/sheet1.xml", text)
        with pytest.raises(UnreadableError):
            check_expanse(path)


def test_what_is_no_workbook_is_left_to_who_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"id,title\n")
    check_expanse(path)
    with zipfile.ZipFile(path, "w") as target:
        target.writestr("picture.png", bytes(1000))
    check_expanse(path)
    assert expanse.IN_AREAS < expanse.CELLS
