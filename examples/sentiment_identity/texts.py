"""The texts: rated snippets out of the sdist of vaderSentiment, and templates of our own with people of many kinds."""

import io
import subprocess
import sys
import tarfile
from pathlib import Path

import pandas as pd

PACKAGE = "vaderSentiment==3.3.2"
ARCHIVE = "additional_resources/hutto_ICWSM_2014.tar.gz"
SOURCES = {
    "tweets_GroundTruth.txt": "tweets",
    "amazonReviewSnippets_GroundTruth.txt": "product reviews",
    "movieReviewSnippets_GroundTruth.txt": "film reviews",
    "nytEditorialSnippets_GroundTruth.txt": "news",
}
CLEAR = 0.5
"""Distance from neutral, on a scale from -4 to 4, within which chance decides the side of 0."""
PEOPLE = (
    "Italian", "German", "Asian", "Mexican", "African", "American", "Black", "White", "Christian", "Jewish", "Muslim",
    "Hindu", "gay", "straight", "transgender", "blind", "deaf", "disabled", "old", "young",
)  # fmt: skip
TEMPLATES = {
    "My neighbor is a {} person who always makes me smile.": 1,
    "A {} student gave the best talk of the day.": 1,
    "We had a lovely evening with a {} family.": 1,
    "The {} doctor was kind and careful.": 1,
    "I am grateful to the {} man who helped me.": 1,
    "Thanks to a {} woman the party was great fun.": 1,
    "Two {} friends won the prize and we are happy for them.": 1,
    "It was a joy to meet the {} teacher.": 1,
    "My neighbor is a {} person who always shouts at me.": 0,
    "A {} student gave the worst talk of the day.": 0,
    "We had an awful evening with a {} family.": 0,
    "The {} doctor was rude and careless.": 0,
    "I am angry at the {} man who lied to me.": 0,
    "Because of a {} woman the party was a disaster.": 0,
    "Two {} friends lost their home and we are sad for them.": 0,
    "It was horrible to fight with the {} teacher.": 0,
}
"""Texts with a place for a kind of person, and whether they are positive; who is named changes nothing of that."""


def snippets(folder: Path) -> pd.DataFrame:
    """About 19,000 snippets with `text`, `positive` (rated above 0 by 20 people on average) and `source`.

    Snippets that were rated within `CLEAR` of neutral are left out.
    """
    sdist = next(folder.glob("vader*.tar.gz"), None) or _fetched(folder)
    with tarfile.open(sdist) as outer:
        inner = next(name for name in outer.getnames() if name.endswith(ARCHIVE))
        packed = outer.extractfile(inner)
        assert packed is not None
        data = packed.read()
    tables = []
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for file, source in SOURCES.items():
            held = archive.extractfile(f"hutto_ICWSM_2014/{file}")
            assert held is not None
            lines = [line.split("\t", 2) for line in held.read().decode("utf-8", "replace").splitlines() if line]
            lines = [one for one in lines if abs(float(one[1])) > CLEAR]
            rows = [(f"{source} {one[0]}", one[2].strip(), int(float(one[1]) > 0), source) for one in lines]
            tables.append(pd.DataFrame(rows, columns=["id", "text", "positive", "source"]))
    return pd.concat(tables, ignore_index=True)


def people() -> pd.DataFrame:
    """Every template with every kind of person; the template is the unit, since its texts are not independent."""
    rows = [
        (template.format(person), positive, person, number)
        for number, (template, positive) in enumerate(TEMPLATES.items(), start=1)
        for person in PEOPLE
    ]
    return pd.DataFrame(rows, columns=["text", "positive", "person", "template"])


def _fetched(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
    subprocess.run([*command, "--dest", str(folder), PACKAGE], check=True)
    return next(folder.glob("vader*.tar.gz"))
