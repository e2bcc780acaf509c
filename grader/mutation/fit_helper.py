"""A training inside a function: what the call of that function passes on to `fit` or `compile`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import libcst as cst

CallsIn = Callable[[cst.CSTNode], Iterable[cst.Call]]


@dataclass(frozen=True)
class Helper:
    """A function that calls `fit` or `compile`, and the call of it."""

    function: cst.FunctionDef
    use: cst.Call
    inner: cst.Call
    """The call of `fit` or `compile` in it."""

    @property
    def name(self) -> str:
        """What the function is called."""
        return self.function.name.value

    def outside(self) -> cst.Call:
        """The inner call with everything that comes from outside put in: parameters, `*args` and `**kwargs`."""
        given = passed_on(self.function, self.use)
        args: list[cst.Arg] = []
        for arg in self.inner.args:
            if arg.star and self._collects(arg):
                args += self._more(arg.star)
            elif isinstance(arg.value, cst.Name):
                args.append(arg.with_changes(value=given.get(arg.value.value, arg.value)))
            else:
                args.append(arg)
        function = self.inner.func
        if isinstance(function, cst.Attribute) and isinstance(function.value, cst.Name):
            function = function.with_changes(value=given.get(function.value.value, function.value))
        return self.inner.with_changes(func=function, args=args)

    def hands_over(self, name: str, position: int | None) -> int | None:
        """Where the call of the function sets an argument of the inner call that `*args` or `**kwargs` bring in.

        Returns:
            The argument's position in that call if it has no name there, -1 if it is set by name; None where the inner
            call names it itself or takes nothing more from outside.
        """
        own = [arg for arg in self.inner.args if not arg.star and arg.keyword is None]
        if any(arg.keyword is not None and arg.keyword.value == name for arg in self.inner.args):
            return None
        if position is not None and position < len(own):
            return None
        collected = {arg.star for arg in self.inner.args if arg.star and self._collects(arg)}
        by_name = any(arg.keyword is not None and arg.keyword.value == name for arg in self.use.args)
        if "*" in collected and position is not None and not by_name:
            return len(_positional(self.function)) + position - len(own)
        return -1 if "**" in collected else None

    def _collects(self, arg: cst.Arg) -> bool:
        """Whether an argument spreads what the function collected in its own `*args` or `**kwargs`."""
        parameters = self.function.params
        collecting = parameters.star_kwarg if arg.star == "**" else parameters.star_arg
        return isinstance(collecting, cst.Param) and isinstance(arg.value, cst.Name) and (
            collecting.name.value == arg.value.value
        )  # fmt: skip

    def _more(self, star: str) -> list[cst.Arg]:
        """What the call gives beyond the function's named parameters, by position or by name."""
        positional = _positional(self.function)
        if star == "*":
            return [arg for arg in self.use.args if arg.keyword is None and arg.star != "**"][len(positional) :]
        named = {*positional, *(each.name.value for each in self.function.params.kwonly_params)}
        return [arg for arg in self.use.args if arg.star == "**" or (arg.keyword and arg.keyword.value not in named)]


def helper_of(call: cst.Call, functions: Sequence[cst.FunctionDef], calls_in: CallsIn) -> cst.FunctionDef | None:
    """The innermost function in which something is called; None at the top level."""
    around = [function for function in functions if any(each is call for each in calls_in(function))]
    return min(around, key=lambda function: len(list(calls_in(function))), default=None)


def passed_on(helper: cst.FunctionDef, call: cst.Call) -> Mapping[str, cst.BaseExpression]:
    """The function's parameters, each with what this call gives for it, else with its default."""
    names = _positional(helper)
    given = {
        parameter.name.value: parameter.default
        for parameter in (*helper.params.posonly_params, *helper.params.params, *helper.params.kwonly_params)
        if parameter.default is not None
    }
    for position, arg in enumerate(call.args):
        if arg.star:
            break
        if arg.keyword is not None:
            given[arg.keyword.value] = arg.value
        elif position < len(names):
            given[names[position]] = arg.value
    return given


def _positional(function: cst.FunctionDef) -> list[str]:
    return [each.name.value for each in (*function.params.posonly_params, *function.params.params)]
