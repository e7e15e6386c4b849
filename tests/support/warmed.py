"""What a process that is forked in order to die finds ready: the modules, and the statements a pass has compiled."""

from pathlib import Path
from tempfile import TemporaryDirectory

from conftest import compiled_statements, writer
from passes_made import PLAN, SHOP, SOURCES, WEB, passed

compiled_statements()
with TemporaryDirectory() as folder:
    passed(writer(Path(folder))(PLAN, SOURCES, **{"shop.csv": SHOP, "web.csv": WEB}).folder)
