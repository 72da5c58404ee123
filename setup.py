"""Packages, and the directories beside them that belong into the wheel; everything else is in setup.cfg."""

from setuptools import find_namespace_packages, setup

setup(
    packages=[*find_namespace_packages(include=["rlvis", "rlvis.*"]), "rlvis.templates", "rlvis.static", "rlvis.agents"],
    package_dir={"rlvis.templates": "templates", "rlvis.static": "static", "rlvis.agents": "examples/agents"},
)
