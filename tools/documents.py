"""Pages of which several commands write a section each."""

from __future__ import annotations

from pathlib import Path


def replace_section(page: Path, heading: str, text: str) -> None:
    """Put a section's text under its heading, and leave all other sections as they are.

    Args:
        page: a Markdown file.
        heading: of the second level, without ``##``; "" is what stands before the first one. A
            section that is not there yet becomes the last.
        text: without the heading.
    """
    sections = {"": ""}
    current = ""
    for line in page.read_text(encoding="utf-8").splitlines() if page.is_file() else []:
        if line.startswith("## "):
            current = line[3:].strip()
            sections[current] = ""
        else:
            sections[current] += f"{line}\n"
    sections[heading] = f"\n{text.strip()}\n" if heading else f"{text.strip()}\n"
    whole = "".join(
        f"\n## {name}\n\n{body.strip()}\n" if name else f"{body.strip()}\n"
        for name, body in sections.items()
    )
    page.write_text(whole.lstrip("\n"), encoding="utf-8")
