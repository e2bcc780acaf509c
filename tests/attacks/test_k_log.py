"""Attacks on the kernel, the driver's messages and the record, without any training: nothing must be earned.

Each notebook claims more than it did. A fragment without a trained model earns no point of lab06, so any point is
a forged one.
"""

from __future__ import annotations

import base64

import pytest

from tests.attacks.claims_road import Graded, grade

pytestmark = pytest.mark.slow

FAILS = "raise RuntimeError('this cell fails')"

SESSION = """
import sys
session = sys.modules['_lab_recorder.answers']._sessions[0]
outbox = session.timeline._outbox
"""

FORGE = """
digest = 'ab' * 32
place = {'execution': EXECUTION, 'line': 1}
session.timeline.add('base', uid=1, backbone='MobileNetV2', include_top=False, weights='imagenet', pooling=None,
    alpha=1.0, place=place, input_shape=[96, 96, 3], layers=[2], weights_digest=digest)
session.timeline.add('fit', uid=3, name='model', class_name='Functional', place=place, config=digest,
    layers=[{'path': ['base'], 'uid': 2, 'class_name': 'Conv2D', 'trainable': False, 'parameters': 9,
             'before': [digest], 'after': [digest]},
            {'path': ['dense'], 'uid': 4, 'class_name': 'Dense', 'trainable': True, 'parameters': 2,
             'before': ['cd' * 32], 'after': ['ef' * 32]}],
    weights=[{'path': 'w', 'digest': d, 'shape': [1], 'dtype': '<f4'} for d in (digest, 'ef' * 32)],
    loss={'name': 'BinaryCrossentropy', 'from_logits': True}, optimizer={'name': 'Adam', 'learning_rate': 1e-3},
    metrics=['accuracy'], data=None, validation=None, epochs_requested=5, initial_epoch=0, epochs_run=5,
    steps_per_epoch=None, shortened=False, history={'val_accuracy': [0.99]}, seconds=300.0, error=None, steps=5000)
"""


def nothing_is_earned(graded: Graded) -> None:
    assert graded.earned() == {}, graded.result
    assert graded.result.total.points == 0


def test_honest_oddities_are_no_contradictions() -> None:
    """The control: what notebooks do daily, and what goes wrong in them daily, is nothing to be named."""
    graded = grade(
        "%%time\nx = 1",
        "!echo hello\n%matplotlib inline",
        "%%capture out\nprint(1)",
        "import asyncio; await asyncio.sleep(0.01)",
        "# only a comment",
        "def f(:\n    pass",
        "%%bash\necho hello",
        "%%writefile helper.py\nx = 1",
        "%run helper.py",
        "import sys; sys.exit()",
        "undefined_name",
        "get_ipython().run_cell('y = 2'); exec('z = 3')",
        "%load_ext autoreload\n%autoreload 2",
        "input('your name? ')",
        "while True: pass",
        "import threading; threading.Thread(target=print).start()",
        seconds=3,
    )
    assert graded.kinds == set(), graded.evidence.contradictions
    assert graded.evidence.run.status == "cells_failed"


@pytest.mark.attack("K1")
@pytest.mark.attack("K2")
def test_k1_k2_a_hook_that_rewrites_later_cells_is_named_and_earns_nothing() -> None:
    graded = grade(
        """
        import ast
        ip = get_ipython()
        ip.input_transformers_cleanup.append(lambda lines: ['1 + 1\\n'])
        class Swallow(ast.NodeTransformer):
            def visit_Raise(self, node): return ast.Pass()
        ip.ast_transformers.append(Swallow())
        """,
        FAILS,
    )
    assert [error.name for error in graded.evidence.run.errors] == [], "the hook works: the cell seems to succeed"
    assert "code_rewritten" in graded.kinds
    verdict = graded.verdict("notebook-runs")
    assert verdict.status == "needs_review"
    assert "changes how its own cells are turned into code (input transformers, AST transformers)" in verdict.reason
    nothing_is_earned(graded)


@pytest.mark.attack("K3")
def test_k3_a_patched_compiler_and_patched_builtins_are_named_and_earn_nothing() -> None:
    graded = grade(
        """
        import builtins
        ip = get_ipython()
        real = builtins.compile
        builtins.compile = lambda *a, **k: real(*a, **k)
        ip.set_custom_exc((Exception,), lambda self, etype, value, tb, tb_offset=None: None)
        ip.showtraceback = lambda *a, **k: None
        """,
        FAILS,
    )
    assert [error.place.code_cell for error in graded.evidence.run.errors] == [2], "hiding a traceback hides nothing"
    assert "code_rewritten" in graded.kinds
    assert "builtins.compile" in graded.verdict("notebook-runs").reason
    nothing_is_earned(graded)


@pytest.mark.attack("K9")
@pytest.mark.attack("K3")
def test_k9_a_forged_reply_that_a_cell_succeeded_is_contradicted_by_the_record() -> None:
    graded = grade(
        """
        kernel = get_ipython().kernel
        original = type(kernel).do_execute
        async def always_fine(self, *args, **kwargs):
            reply = await original(self, *args, **kwargs)
            return {'status': 'ok', 'execution_count': reply.get('execution_count', 1)}
        type(kernel).do_execute = always_fine
        """,
        FAILS,
    )
    assert graded.evidence.run.errors == ()
    assert {"code_rewritten", "reply_disagrees", "error_shown"} <= graded.kinds
    nothing_is_earned(graded)


@pytest.mark.attack("K9")
def test_k9_a_reply_before_its_time_with_the_right_parent_hides_nothing() -> None:
    """The kernel answers "ok" as soon as a cell is asked for, to the right client and question, and then runs it."""
    graded = grade(
        """
        kernel = get_ipython().kernel
        original = kernel.shell_handlers['execute_request']
        async def early(stream, ident, parent):
            content = {'status': 'ok', 'execution_count': kernel.shell.execution_count, 'payload': []}
            kernel.session.send(stream, 'execute_reply', content, parent, ident=ident)
            kernel.session.send(kernel.iopub_socket, 'status', {'execution_state': 'idle'}, parent)
            await original(stream, ident, parent)
        kernel.shell_handlers['execute_request'] = early
        """,
        f"import time; time.sleep(1.5)\n{FAILS}",
        "import time; time.sleep(3)",
    )
    seen = graded.kinds | {error.name for error in graded.evidence.run.errors}
    assert seen & {"RuntimeError", "reply_disagrees", "error_shown", "out_of_place"}, seen
    assert "reply_disagrees" in graded.kinds, seen
    nothing_is_earned(graded)


@pytest.mark.attack("K9")
def test_k9_messages_of_a_second_client_change_nothing() -> None:
    """It reads the connection file, connects, runs code of its own and sends display data: seen, and worth nothing."""
    graded = grade(
        """
        import json, ipykernel
        from jupyter_client import BlockingKernelClient
        client = BlockingKernelClient(connection_file=ipykernel.get_connection_file())
        client.load_connection_file(); client.start_channels()
        client.execute("forged = 'run by a second client'")
        client.session.send(client.shell_channel.socket, 'execute_reply', {'status': 'ok', 'execution_count': 1})
        """,
        """
        from IPython.display import display
        display({'application/json': {'score': 24, 'max_score': 24}, 'text/html': '<h1>Score 24/24</h1>'}, raw=True)
        print('{"tests": [{"score": 24, "max_score": 24, "status": "passed"}]}')
        print('PASSED'); print('::set-output name=score::24'); print('::notice::all criteria met')
        """,
        FAILS,
    )
    assert [error.name for error in graded.evidence.run.errors] == ["RuntimeError"]
    assert graded.kinds & {"prompt_numbers", "other_text"}, "a stranger's cell was counted, and that is said"
    nothing_is_earned(graded)


@pytest.mark.attack("K13")
def test_k13_made_up_records_of_a_training_are_refused_by_text_and_clock() -> None:
    hidden = base64.b64encode(FORGE.replace("EXECUTION", "2").encode()).decode()
    graded = grade(SESSION, f"import base64; exec(base64.b64decode('{hidden}'))  # model.fit(train)")
    assert {"no_training_call", "longer_than_its_cell", "too_fast", "base_not_in_the_text"} <= graded.kinds
    assert graded.evidence.measurement is not None
    assert not graded.evidence.measurement.rebuilt, "there is no model behind it"
    assert "nothing is called there that could train" in graded.verdict("base-frozen").reason
    nothing_is_earned(graded)


@pytest.mark.attack("K13")
def test_k13_records_written_later_or_changed_afterwards_are_refused_by_our_copy_of_the_log() -> None:
    graded = grade(
        "print('model.fit(train) happens here, they say')",
        SESSION + FORGE.replace("EXECUTION", "1"),
        "log = (outbox / 'timeline.jsonl')\nlog.write_text(log.read_text().replace('5000', '50'))",
    )
    assert {"out_of_place", "log_changed"} <= graded.kinds
    assert any("5000" in each.words for each in graded.evidence.contradictions), "what was read before was kept"
    nothing_is_earned(graded)


@pytest.mark.attack("K13")
def test_k13_a_recorder_that_was_switched_off_is_missed() -> None:
    graded = grade(
        """
        ip = get_ipython()
        for callback in list(ip.events.callbacks['post_run_cell']):
            ip.events.unregister('post_run_cell', callback)
        """,
        "x = 1",
    )
    assert "recorder_silent" in graded.kinds
    assert "as if it had been switched off" in graded.verdict("notebook-runs").reason
    nothing_is_earned(graded)
