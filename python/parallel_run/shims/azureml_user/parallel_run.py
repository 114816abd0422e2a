"""What entry scripts import from Azure's driver: a logger and the folder of the script."""
import logging
import os


class EntryScript:
    def __init__(self):
        self.logger = logging.getLogger("EntryScript")
        self.working_dir = os.getcwd()
        self.log_dir = os.path.join(os.getcwd(), "logs")
