"""The conversation as a pure function: a position and an event in, a new position and effects out.

No database, no clock, no network. `step` is the same for Twilio, the sandbox, `flow play` and `flow rehearse`.
"""

from bot.engine.machine import CompiledFlow, compile_flow, next_status
from bot.engine.position import Position
from bot.engine.step import Step, start, step

__all__ = ["CompiledFlow", "Position", "Step", "compile_flow", "next_status", "start", "step"]
