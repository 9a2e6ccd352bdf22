"""`python -m cx_pipeline.cli` is `cx`."""

from cx_pipeline.cli.app import main

main()
