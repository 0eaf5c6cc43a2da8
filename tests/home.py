"""A folder of the tests' own, before Django reads its settings: pytest loads this first (`-p tests.home`).

Nothing that tests do reaches the operator's folder: not the database, the cache, the broker or the models.
"""

import atexit
import os
import shutil
import tempfile

from tests import words

FOLDER = tempfile.mkdtemp(prefix="assay-test-")
os.mkdir(os.path.join(FOLDER, "static"))  # WhiteNoise warns of a folder that is not there
os.environ["ASSAY_HOME"] = FOLDER
atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)

# Catalogues as `make` compiles them; servers that tests start read them too.
words.compile_stale()
