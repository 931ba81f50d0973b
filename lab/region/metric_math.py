"""Metric math, as far as alarms on rates and shares need it: arithmetic, comparison, IF, FILL and the functions over several metrics.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

import ast
import operator
import re
from collections.abc import Callable
from statistics import fmean
from typing import Any

from moto.cloudwatch.exceptions import ValidationError

Series = dict[float, float]
Value = Series | float | list[Series]

ARITHMETIC: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Pow: operator.pow,
}
COMPARISON: dict[type, Callable[[float, float], bool]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge, ast.Eq: operator.eq, ast.NotEq: operator.ne,
}
OVER_SEVERAL: dict[str, Callable[..., float]] = {"SUM": sum, "AVG": fmean, "MIN": min, "MAX": max}
OF_ONE: dict[str, Callable[[float], float]] = {"ABS": abs, "CEIL": lambda value: -(-value // 1), "FLOOR": lambda value: value // 1}


def python(expression: str) -> str:
    """Its operators as Python writes them: && and AND, || and OR, ^, and an equals sign of one."""
    for pattern, instead in ((r"&&|\bAND\b", " and "), (r"\|\||\bOR\b", " or "), (r"\^", "**")):
        expression = re.sub(pattern, instead, expression)
    return expression.strip()


def parse(expression: str) -> ast.expr:
    try:
        return ast.parse(python(expression), mode="eval").body
    except SyntaxError as error:
        raise ValidationError(f"Error in expression '{expression}': {error.msg}") from error


def names(expression: str) -> set[str]:
    """The ids that an expression refers to."""
    return {node.id for node in ast.walk(parse(expression)) if isinstance(node, ast.Name)}


def evaluate(expression: str, known: dict[str, Series], periods: list[float]) -> Series:
    """The series that an expression is. A number by itself is the same in every period."""
    value = Evaluation(expression, known, periods).of(parse(expression))
    if isinstance(value, list):
        raise ValidationError(f"Error in expression '{expression}': the result must be one time series, got several")
    return value if isinstance(value, dict) else dict.fromkeys(periods, value)


class Evaluation:
    def __init__(self, expression: str, known: dict[str, Series], periods: list[float]) -> None:
        self.expression, self.known, self.periods = expression, known, periods

    def of(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=int() | float() as value):
                return float(value)
            case ast.Name(id=name) if name in self.known:
                return self.known[name]
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self.each(lambda value: -value, self.of(operand))
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return self.each(ARITHMETIC[type(op)], self.of(left), self.of(right))
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in COMPARISON:
                return self.each(lambda one, other: float(COMPARISON[type(op)](one, other)), self.of(left), self.of(right))
            case ast.BoolOp(op=op, values=values):
                enough = all if isinstance(op, ast.And) else any
                return self.each(lambda *given: float(enough(given)), *map(self.of, values))
            case ast.List(elts=parts):
                return [self.series(part) for part in parts]
            case ast.Call(func=ast.Name(id=function), args=arguments):
                return self.call(function.upper(), arguments)
        return self.refuse(ast.unparse(node))

    def series(self, node: ast.expr) -> Series:
        value = self.of(node)
        return value if isinstance(value, dict) else self.refuse(ast.unparse(node))

    def each(self, function: Callable[..., float], *values: Value) -> Value:
        """Applies it in each period in which every series has a value; what cannot be divided has none."""
        together = [value for value in values if isinstance(value, dict)]
        if any(isinstance(value, list) for value in values):
            return self.refuse("an array here")
        at_all = lambda at: [value[at] if isinstance(value, dict) else value for value in values]
        if not together:
            return function(*values)
        result = {}
        for at in sorted(set.intersection(*(set(one) for one in together))):
            try:
                result[at] = float(function(*at_all(at)))
            except ZeroDivisionError:
                continue
        return result

    def call(self, function: str, arguments: list[ast.expr]) -> Value:
        if function == "METRICS" and not arguments:
            return list(self.known.values())
        if function == "FILL" and len(arguments) == 2:
            return self.fill(self.series(arguments[0]), arguments[1])
        if function == "IF" and len(arguments) in (2, 3):
            return self.choose(*map(self.of, arguments))
        if function in OF_ONE and len(arguments) == 1:
            return self.each(OF_ONE[function], self.of(arguments[0]))
        if function in OVER_SEVERAL and len(arguments) == 1:
            value = self.of(arguments[0])
            if isinstance(value, list):
                return {at: OVER_SEVERAL[function]([one[at] for one in value if at in one]) for at in sorted(set().union(*value))}
            if isinstance(value, dict):
                return OVER_SEVERAL[function](value.values()) if value else {}
        return self.refuse(function)

    def fill(self, series: Series, how: ast.expr) -> Series:
        """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html#metric-math-syntax-functions-list"""
        if isinstance(how, ast.Name) and how.id == "REPEAT":
            filled, last = {}, None
            for at in self.periods:
                if (last := series.get(at, last)) is not None:
                    filled[at] = last
            return filled
        value = self.of(how)
        if isinstance(value, list):
            return self.refuse("FILL")
        instead = lambda at: value if isinstance(value, float) else value.get(at)
        return {at: point for at in self.periods if (point := series.get(at, instead(at))) is not None}

    def choose(self, condition: Value, then: Value, otherwise: Value | None = None) -> Value:
        if not isinstance(condition, dict):
            return then if condition else {} if otherwise is None else otherwise
        result = {}
        for at, holds in condition.items():
            chosen = then if holds else otherwise
            point = chosen.get(at) if isinstance(chosen, dict) else chosen
            if isinstance(point, float | int):
                result[at] = float(point)
        return result

    def refuse(self, what: str) -> Any:
        raise ValidationError(f"Error in expression '{self.expression}': {what} is not played in the lab")
