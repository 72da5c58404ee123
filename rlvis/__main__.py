"""`python -m rlvis` is the `rlvis` command."""

import sys

from rlvis.command_line import main

sys.exit(main())
