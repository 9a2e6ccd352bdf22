"""Counts the sessions of the sample by KPIS.md, from the events as drawn, not as delivered."""

from __future__ import annotations

import numpy as np

from cx_pipeline.sample.clock import Flags, Ints
from cx_pipeline.sample.web import MICRO, PURCHASE, Rows, Web

GAP = 30 * 60 * MICRO


class SessionTally:
    """Feed it each day's events in turn; read `sessions` and `converted` at the end.

    A session is a run of one cookie's events with gaps under 30 minutes; an event that brings a
    campaign begins a new one. Robots are left out. `converted` sessions hold a purchase event.
    """

    def __init__(self, web: Web) -> None:
        self.sessions = 0
        self.converted = 0
        self.robot_events = 0
        self.seen: Flags = np.zeros(web.cookies, dtype=np.bool_)
        self.tablets = web.tablets
        self._last_at: Ints = np.full(web.cookies, -(2**62), dtype=np.int64)
        self._bought: Flags = np.zeros(web.cookies, dtype=np.bool_)

    def add(self, day: Rows) -> None:
        """Count one day: `day` holds its EVENT rows in time order."""
        self.robot_events += int(day["robot"].sum())
        rows = day[~day["robot"]]
        rows = rows[np.lexsort((rows["place"], rows["visit"], rows["at"], rows["cookie"]))]
        if not len(rows):
            return
        cookie, at = rows["cookie"], rows["at"]
        other = np.r_[True, cookie[1:] != cookie[:-1]]
        before = np.where(other, self._last_at[cookie], np.r_[at[:1], at[:-1]])
        begins = (at - before >= GAP) | (rows["campaign"] > 0)
        part = np.cumsum(begins | other)
        bought = np.unique(part[rows["name"] == PURCHASE])
        starts = np.flatnonzero(begins | other)
        goes_on = ~begins[starts]
        earlier = goes_on & self._bought[cookie[starts]]
        has = np.zeros(len(starts), dtype=np.bool_)
        has[bought - 1] = True
        self.sessions += int(begins.sum())
        self.converted += int((has & ~earlier).sum())
        self.seen[cookie] = True
        last = np.flatnonzero(np.r_[cookie[1:] != cookie[:-1], True])
        self._last_at[cookie[last]] = at[last]
        self._bought[cookie[last]] = (has | earlier)[part[last] - 1]
