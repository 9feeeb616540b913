"""Conversion of features that exist already, in the files of other tools, into feature sets."""
