r"""Say which tables a report was made from: release, number of records, digest.

Input: { zone1970: Text, iso3166: Text, tzdata: Text }
Output: { version: Text, tables: List<{ name: Text, records: Number, sha256: Text }> }
Effects: [Pure, Fallible]
Examples:
    {"zone1970": "", "iso3166": "", "tzdata": "# no release is named"} -> raises ValueError
"""

import hashlib
import re

FILES = {"zone1970": "zone1970.tab", "iso3166": "iso3166.tab", "tzdata": "tzdata.zi"}


def execute(texts):
    release = re.match(r"# version (\S+)\n", texts["tzdata"])
    if release is None:
        raise ValueError("tzdata.zi does not begin with '# version ...'")
    return {
        "version": release[1],
        "tables": [
            {
                "name": name,
                "records": sum(is_record(line) for line in texts[key].splitlines()),
                "sha256": hashlib.sha256(texts[key].encode()).hexdigest(),
            }
            for key, name in FILES.items()
        ],
    }


def is_record(line):
    return bool(line.strip()) and not line.startswith("#")
