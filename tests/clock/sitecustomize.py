"""On the path of a process, its clock runs ahead or behind by CLOCK_OFFSET seconds, its children's too."""

import os
import time

import time_machine

time_machine.travel(time.time() + float(os.environ["CLOCK_OFFSET"]), tick=True).start()
