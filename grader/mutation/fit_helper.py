"""A training inside a function: what the call of that function passes on to `fit`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import libcst as cst

CallsIn = Callable[[cst.CSTNode], Iterable[cst.Call]]


def helper_of(fit: cst.Call, functions: Sequence[cst.FunctionDef], calls_in: CallsIn) -> cst.FunctionDef | None:
    """The innermost function in which `fit` is called; None at the top level."""
    around = [function for function in functions if any(call is fit for call in calls_in(function))]
    return min(around, key=lambda function: len(list(calls_in(function))), default=None)


def passed_on(helper: cst.FunctionDef, call: cst.Call) -> Mapping[str, cst.BaseExpression]:
    """The function's parameters, each with what this call gives for it, else with its default."""
    parameters = (*helper.params.posonly_params, *helper.params.params)
    names = [parameter.name.value for parameter in parameters]
    given = {
        parameter.name.value: parameter.default
        for parameter in (*parameters, *helper.params.kwonly_params)
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
