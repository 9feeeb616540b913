"""Tasks of a sample's set, as an extraction asks for them."""


class Tasks:
    """All tasks of a set, written with it: no call asks for others. Each is the arguments of `FeatureSetWriter.add_task`.
    `beside()` writes what else lies in the folder, so that a finished set has it."""

    def __init__(self, tasks, beside=lambda: None):
        self.tasks, self.beside = list(tasks), beside

    def add_missing(self, writer, rows, where):
        return []

    def write(self, writer, rows, where):
        for task in self.tasks:
            writer.add_task(**task)
        self.beside()
