"""The joint law in parameters and data, and the compute-optimal frontier that follows from it."""

from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from steepness.laws import checks
from steepness.laws.amounts import as_percent
from steepness.laws.forms import Floats
from steepness.laws.interval import Interval
from steepness.laws.joint.choice import Choice
from steepness.laws.joint.doubts import doubts
from steepness.laws.joint.fit_form import FittedForm
from steepness.laws.joint.forms import Centre, Parameter, Runs
from steepness.laws.joint.frontier import Frontier
from steepness.laws.joint.region import Answer, interval

FLOPS_PER_PARAMETER = 6.0  # forward and backward pass of a dense model, per unit of data
_LARGEST_LOG = 700.0


@dataclass(kw_only=True, frozen=True)
class ComputeOptimal:
    """The best split of a training budget.

    Attributes:
        flops: the budget.
        params: parameters of the model to train.
        data: units of data to train it on.
        error: the error to expect, in the metric's unit.
        beyond: the budget over that of the largest run that was fitted; above 1 the answer is a forecast.
        warnings: what to doubt about the law that it follows from, the gravest first.
    """

    flops: float
    params: Interval
    data: Interval
    error: Interval
    beyond: float
    warnings: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON."""
        return {name: _plain(value) for name, value in asdict(self).items()}


@dataclass(frozen=True, repr=False)
class JointLaw:
    """A law of error in parameters N and data D, fitted to runs, with intervals. `fit_joint` makes it.

    Attributes:
        fitted: the form and its fit, in logs about `centre`.
        level: confidence of every interval.
        choice: how the form was chosen, where it was.
    """

    fitted: FittedForm
    centre: Centre
    level: float
    choice: Choice | None = None

    @property
    def form(self) -> str:
        """The form's name."""
        return self.fitted.form.name

    @property
    def formula(self) -> str:
        """The form in symbols."""
        return self.fitted.form.formula

    @property
    def n(self) -> int:
        """Runs used."""
        return len(self.fitted.log_error)

    @property
    def scatter(self) -> float:
        """Standard deviation of a run's relative error about the law."""
        return self.fitted.scatter

    @property
    def objective(self) -> float:
        """Mean Huber loss of the log residuals, bent at twice the scatter: the quantity minimised."""
        return self.fitted.loss(self.fitted.residual(self.fitted.theta)) / 2 / self.n

    @cached_property
    def parameters(self) -> dict[str, Interval]:
        """Every parameter of `formula` in the caller's units; infinite where the runs set no bound."""
        return {parameter.name: self._told(parameter) for parameter in self.fitted.form.parameters}

    @property
    def E(self) -> Interval:
        """Irreducible error, in the metric's unit."""
        return self._named("E")

    @property
    def A(self) -> Interval:
        """Coefficient of the parameters N."""
        return self._named("A")

    @property
    def a(self) -> Interval:
        """Exponent of the parameters N."""
        return self._named("a")

    @property
    def B(self) -> Interval:
        """Coefficient of the data D."""
        return self._named("B")

    @property
    def b(self) -> Interval:
        """Exponent of the data D."""
        return self._named("b")

    @cached_property
    def warnings(self) -> tuple[str, ...]:
        """What to doubt, the gravest first; empty where nothing is."""
        return doubts(self.fitted, chosen=self.choice is not None)

    def predict(self, params: ArrayLike, data: ArrayLike, unique: ArrayLike | None = None) -> Floats:
        """The law at each (N, D), shape (n,), in the metric's unit.

        Args:
            params: parameter counts N, shape (n,), > 0.
            data: units of data D trained on, shape (n,), > 0.
            unique: distinct units among them, shape (n,); all of them where it is None.
        """
        runs = self._runs(params, data, unique)
        law: Floats = np.exp(self.fitted.form.log_law(self.fitted.theta, runs) + self.centre.log_scale)
        return law

    def band(
        self, params: ArrayLike, data: ArrayLike, unique: ArrayLike | None = None
    ) -> tuple[Floats, Floats]:
        """Bounds of the law at each (N, D), shape (n,) each; arguments as in `predict`."""
        runs = self._runs(params, data, unique)
        told = [self._error_at(runs.where(np.array([i]))) for i in range(len(runs.n))]
        return np.array([t.low for t in told]), np.array([t.high for t in told])

    def compute_optimal(
        self, flops: float, flops_per_parameter: float = FLOPS_PER_PARAMETER, unique: float | None = None
    ) -> ComputeOptimal:
        """Parameters and data that minimise the error for flops = flops_per_parameter * N * D.

        Args:
            flops: the training budget, > 0.
            flops_per_parameter: FLOPs per parameter and unit of data, > 0.
            unique: distinct units of data there are; more is trained on by repeating them.
        Raises:
            ValueError: a budget that is not positive; runs that do not tell what more parameters or data bring.
        Source: Hoffmann et al. 2022, eq. 4.
        """
        if not (flops > 0 and flops_per_parameter > 0 and (unique is None or unique > 0)):
            raise ValueError(
                "flops, flops_per_parameter and unique must be positive; give the budget in FLOPs"
            )
        self._refuse_unknown_exponents()
        form, log_budget = self.fitted.form, float(np.log(flops / flops_per_parameter))
        frontier = Frontier(form, self.centre, log_budget, None if unique is None else float(np.log(unique)))
        log_n = self.interval(frontier.log_params)
        if not frontier.is_bounded(self.fitted.theta) or not np.isfinite([log_n.low, log_n.high]).all():
            raise ValueError(
                f"the runs do not tell how to split {flops:.3g} FLOPs between parameters and data; add runs with "
                "both larger and smaller N at the same N * D"
            )
        log_error = self.interval(frontier.log_error)
        spent = float((self.fitted.runs.n + self.fitted.runs.d).max()) + self.centre.log_n + self.centre.log_d
        return ComputeOptimal(
            flops=flops,
            params=log_n.map(np.exp),
            data=log_n.map(lambda v: np.exp(log_budget - v)),
            error=log_error.map(lambda v: np.exp(v + self.centre.log_scale)),
            beyond=float(np.exp(log_budget - spent)),
            warnings=self.warnings,
        )

    def interval(self, answer: Answer) -> Interval:
        """Any smooth answer of the law, with its range over all laws that the runs allow.

        Args:
            answer: thetas of the form, shape (p, k), to values, shape (k,).
        """
        return interval(self.fitted, answer, self.level)

    def as_dict(self) -> dict[str, Any]:
        """Plain numbers, ready for JSON; None for a bound that the runs do not set."""
        named = {name: _plain(asdict(value)) for name, value in self.parameters.items()}
        about = {
            "form": self.form,
            "formula": self.formula,
            "scatter": self.scatter,
            "warnings": list(self.warnings),
        }
        chosen = None if self.choice is None else asdict(self.choice)
        return {
            **named,
            **about,
            "objective": self.objective,
            "n": self.n,
            "level": self.level,
            "choice": chosen,
        }

    def __repr__(self) -> str:
        said = ", ".join(
            f"{name}={v.value:.4g} ({v.low:.4g} to {v.high:.4g})" for name, v in self.parameters.items()
        )
        return f"JointLaw({self.formula}; {said}; n={self.n}, scatter={as_percent(self.scatter, 2)})"

    def _named(self, name: str) -> Interval:
        if name not in self.parameters:
            raise AttributeError(f"{self.formula} has no {name}; it has {', '.join(self.parameters)}")
        return self.parameters[name]

    def _told(self, parameter: Parameter) -> Interval:
        told = self.interval(lambda theta: parameter.of(theta, self.centre))
        if parameter.is_log:
            return told.map(lambda v: np.exp(min(v, _LARGEST_LOG)) if np.isfinite(v) else np.exp(v))
        return Interval(told.value, max(told.low, parameter.floor), told.high)

    def _runs(self, params: ArrayLike, data: ArrayLike, unique: ArrayLike | None) -> Runs:
        N, D = checks.columns({"params": np.atleast_1d(params), "data": np.atleast_1d(data)})
        U = None if unique is None else np.broadcast_to(np.asarray(unique, dtype=np.float64), D.shape)
        return Runs.of(N, D, U, self.centre)

    def _error_at(self, run: Runs) -> Interval:
        told = self.interval(lambda theta: self.fitted.form.log_law(theta[:, :, None], run)[:, 0])
        return told.map(lambda v: np.exp(v + self.centre.log_scale))

    def _refuse_unknown_exponents(self) -> None:
        for name, letter in (("parameters", "a"), ("data", "b")):
            exponent = self.parameters[letter]
            if exponent.low <= 0 or not np.isfinite(exponent.high):
                raise ValueError(
                    f"the runs do not tell what more {name} bring (exponent {exponent.value:.3g}, interval "
                    f"{exponent.low:.3g} to {exponent.high:.3g}); add runs that differ more in their {name}"
                )


def _plain(value: Any) -> Any:
    """Numbers that JSON knows: None for what is infinite."""
    if isinstance(value, dict):
        return {name: _plain(v) for name, v in value.items()}
    return None if isinstance(value, float) and not np.isfinite(value) else value
