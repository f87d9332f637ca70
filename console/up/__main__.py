"""`python -m console.up`, which is what `manage.py up` becomes."""

import sys

from console.up.main import main

sys.exit(main(sys.argv[1:]))
