"""Creates the folder with Apache Arrow for the package, from the pyarrow wheel of the Python that runs this.

FOLDER gets include/ and lib/ with the names that a linker asks for. The libraries are links into the wheel: FOLDER and
the environment stay together, as scripts/setup makes them.
"""

import argparse
import os
import re
import shutil

import pyarrow


def main(folder):
    wheel = os.path.dirname(pyarrow.__file__)
    with open(os.path.join(wheel, "include/arrow/util/config.h"), encoding="utf-8") as header:
        version = re.search(r'ARROW_SO_VERSION "?(\d+)', header.read()).group(1)
    shutil.rmtree(folder, ignore_errors=True)
    lib = os.path.join(folder, "lib")
    os.makedirs(lib)
    # Relative, so that a checkout can be moved.
    def link(target, name):
        os.symlink(os.path.relpath(target, os.path.dirname(name)), name)

    for library in ("arrow", "parquet", "arrow_s3"):
        real = os.path.join(wheel, f"lib{library}.so.{version}")
        if os.path.exists(real):
            link(real, os.path.join(lib, f"lib{library}.so.{version}"))
            link(real, os.path.join(lib, f"lib{library}.so"))
    include = os.path.join(folder, "include")
    os.makedirs(include)
    for part in ("arrow", "parquet"):
        link(os.path.join(wheel, "include", part), os.path.join(include, part))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", metavar="FOLDER")
    main(parser.parse_args().folder)
