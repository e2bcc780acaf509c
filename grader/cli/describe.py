"""The reference of all commands as Markdown, made from the commands themselves."""

from __future__ import annotations

from collections.abc import Iterator

import click


def describe_commands(group: click.Group) -> str:
    """`docs/commands.md`: every command with its arguments, options, defaults and exit codes."""
    from grader import cli

    codes = (cli.__doc__ or "").partition("Exit codes")[2]
    lines = ["# Commands", "", "Written by `make docs`; a test keeps it true.", "", f"Exit codes{codes.rstrip()}", ""]
    for path, command in _commands(group, ()):
        lines += [f"## `grader {' '.join(path)}`", "", _help(command), ""]
        lines += [f"    {_usage(path, command)}", ""]
        options = [p for p in command.params if isinstance(p, click.Option)]
        if options:
            lines += ["| option | meaning |", "|---|---|", *(_row(option) for option in options), ""]
    return "\n".join(lines)


def _commands(group: click.Group, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name in sorted(group.commands):
        command = group.commands[name]
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))
        else:
            yield (*path, name), command


def _help(command: click.Command) -> str:
    return " ".join((command.help or "").replace("\n\n", "\0").split()).replace("\0", "\n\n")


def _usage(path: tuple[str, ...], command: click.Command) -> str:
    context = click.Context(command, info_name=f"grader {' '.join(path)}")
    return " ".join([context.command_path, *command.collect_usage_pieces(context)])


def _row(option: click.Option) -> str:
    context = click.Context(click.Command("grader"))
    record = option.get_help_record(context)
    name, meaning = record if record is not None else (option.name or "", "")
    return f"| `{name.replace('|', chr(92) + '|')}` | {meaning.replace('|', chr(92) + '|')} |"
