"""Hooks that turn the text into other code, around a real training: the text freezes the base, what runs does not."""

from __future__ import annotations

import pytest

from tests.attacks.claims_road import BASE, DATA, FIT, MODEL, grade

pytestmark = pytest.mark.slow

POST = """
ip = get_ipython()
ip.input_transformers_post.append(
    lambda lines: [line.replace('base.trainable = False', 'base.trainable = True') for line in lines])
"""
AST = """
import ast
class Thaw(ast.NodeTransformer):
    def visit_Assign(self, node):
        return None if ast.unparse(node).startswith('base.trainable') else node
get_ipython().ast_transformers.append(Thaw())
"""
COMPILE = """
import ast
compiler = get_ipython().compile
real = type(compiler).__call__
def thaw(self, source, *given):
    for node in ast.walk(source):
        if isinstance(node, ast.Assign) and ast.unparse(node) == 'base.trainable = False':
            node.value = ast.copy_location(ast.Constant(True), node.value)
    return real(self, source, *given)
type(compiler).__call__ = thaw
"""


@pytest.mark.parametrize(
    "hook",
    [
        pytest.param(POST, marks=pytest.mark.attack("K1"), id="the text is rewritten"),
        pytest.param(AST, marks=pytest.mark.attack("K2"), id="statements are dropped"),
        pytest.param(COMPILE, marks=pytest.mark.attack("K3"), id="the compiler is patched"),
    ],
)
def test_k1_k2_k3_a_base_that_is_frozen_in_the_text_alone_earns_nothing_for_it(hook: str) -> None:
    graded = grade(DATA, hook, BASE, MODEL, FIT, policy="capped")
    moved = [fit.base.frozen for fit in graded.evidence.fits if fit.base is not None]
    assert moved == ["no"], "the hook works: the base was trained"
    assert "code_rewritten" in graded.kinds
    for criterion in ("base-frozen", "accuracy"):
        verdict = graded.verdict(criterion)
        assert verdict.status in ("unmet", "needs_review"), verdict
        assert not verdict.points
