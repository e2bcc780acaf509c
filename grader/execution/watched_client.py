"""nbclient, with bounded output and a way to ask whether the kernel still listens."""

from __future__ import annotations

import time
from queue import Empty
from typing import Any

from nbclient import NotebookClient

from grader.execution.output_caps import OutputCaps


class WatchedClient(NotebookClient):
    """Keeps stored output small: a flood ends as a note, not as a lost batch."""

    caps: OutputCaps

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> Any:
        """Take what the caps admit."""
        return super().process_message(msg, cell, cell_index) if self.caps.admits(msg) else None

    async def answers_within(self, seconds: float) -> bool:
        """Whether the kernel's main thread does something for us. After an interrupt it has this long to come back."""
        assert self.kc is not None
        # `kernel_info` would be answered by another thread than the one that runs cells.
        question = self.kc.execute("", silent=True, store_history=False)
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = await self.kc.shell_channel.get_msg(timeout=left)
            except Empty:
                return False
            if message["parent_header"].get("msg_id") == question:
                return True
        return False
