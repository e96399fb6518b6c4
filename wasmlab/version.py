"""The version, which the build and ``--version`` take from here."""

VERSION = "0.1.0"
