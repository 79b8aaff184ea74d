"""What the image needs and the repository does not hold: compiled translations, and type for the pages."""

import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tools"))

from sawt_tools import catalogues, frontend, paths


def main() -> None:
    """Compile every catalogue and copy the type that npm has fetched."""
    catalogues.compile_stale(paths.LOCALE)
    paths.FONTS.mkdir(parents=True, exist_ok=True)
    for name, source in frontend.font_files().items():
        shutil.copyfile(source, paths.FONTS / name)


if __name__ == "__main__":
    main()
