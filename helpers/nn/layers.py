"""The layers, each with its `_forward` and its `_backward`; lesson 04 derives them."""

from dataclasses import dataclass, field

import numpy as np

from helpers import conv
from helpers._arrays import numbers
from helpers._validate import broken, integer, one_of
from helpers._validate import seed as checked_seed
from helpers.nn.arguments import INITIALIZERS, Checked


@dataclass(eq=False)
class Layer(Checked):
    """What layers share: `forward` and `backward` check shapes, `_forward` and so on compute.

    `parameters` and `gradients` are dicts of arrays, and `statistics` are kept but not trained.
    """

    sides = input_shape = _y = None
    needs_dx = True  # but for the first layer that is trained

    def __init_subclass__(cls):
        cls.name = cls.__name__  # a network puts the place before it

    def build(self, input_shape, *, seed=None, dtype="float64"):
        """Make the parameters for inputs of this shape (without n), and return the layer."""
        shape = tuple(integer("input_shape", side) for side in input_shape)
        if self.sides and len(shape) != len(self.sides):
            raise broken(f"input_shape of {self.name}", f"({', '.join(self.sides)})", shape)
        self.dtype = np.dtype(one_of("dtype", dtype, ("float32", "float64")))
        self.rng = np.random.default_rng(checked_seed("seed", seed))
        self.parameters, self.gradients, self.statistics = {}, {}, {}
        try:
            self._build(*shape)
            self.output_shape = self._forward(np.zeros((1, *shape), self.dtype), False).shape[1:]
        except ValueError as error:
            raise ValueError(f"{self.name} for inputs of {shape}: {error}") from None
        self.input_shape = shape
        return self

    def forward(self, x, training=False):
        """Return y, (n, *output_shape), of x, (n, *input_shape); a new layer is built for x."""
        x = numbers(f"x of {self.name}", x, ("n", *(self.input_shape or np.shape(x)[1:])))
        if self.input_shape is None:
            self.build(x.shape[1:], dtype="float32" if x.dtype == np.float32 else "float64")
        self._y = self._forward(x.astype(self.dtype, copy=False), training)
        return self._y

    def backward(self, dy):
        """Return dx of the last `forward`, given dy, and set `gradients`; both sum over n."""
        if self._y is None:
            raise ValueError(f"{self.name} has nothing to go back from: call forward first")
        dy = numbers(f"dy of {self.name}", dy, self._y.shape, "as its y")
        return self._backward(dy.astype(self.dtype, copy=False))

    def _build(self, *input_shape):
        """Make no parameters: most layers have none."""

    def _add_kernel(self, *shape):
        """Make a kernel of this shape, the last two sides of which are inputs and outputs."""
        n_in, n_out = np.prod(shape[:-1]), np.prod(shape[:-2]) * shape[-1]
        kernel = INITIALIZERS[self.kernel_initializer](self.rng, shape, n_in, n_out)
        bias = np.zeros(shape[-1], self.dtype)
        self.parameters = {"kernel": kernel.astype(self.dtype), "bias": bias}


@dataclass(eq=False)
class Dense(Layer):
    """y = x · kernel + bias, with x (n, features), kernel (features, units), y (n, units).

    Lesson 04: dkernel = xᵀ · dy, dbias = Σ_n dy, dx = dy · kernelᵀ.
    """

    units: int
    kernel_initializer: str = field(default="glorot_uniform", repr=False)
    sides = ("features",)

    def _build(self, features):
        self._add_kernel(features, self.units)

    def _forward(self, x, training):
        self._x = x
        return x @ self.parameters["kernel"] + self.parameters["bias"]

    def _backward(self, dy):
        self.gradients = {"kernel": self._x.T @ dy, "bias": dy.sum(axis=0)}
        return dy @ self.parameters["kernel"].T if self.needs_dx else None


@dataclass(eq=False)
class Conv2D(Layer):
    """A convolution: x (n, h, w, c), kernel (kh, kw, c, filters), y (n, h_out, w_out, filters).

    With strides 1 and no padding, y[n, r, s] = bias + Σ_i Σ_j x[n, r + i, s + j] · kernel[i, j].
    Lesson 04: dkernel is a correlation of x with dy, dx a true convolution of dy with the kernel.
    """

    filters: int
    kernel_size: int | tuple
    strides: int | tuple = 1
    padding: str = "valid"
    kernel_initializer: str = field(default="glorot_uniform", repr=False)
    sides = ("h", "w", "c")

    def _build(self, h, w, c):
        self._add_kernel(*self.kernel_size, c, self.filters)

    def _forward(self, x, training):
        self._x = x
        return conv.conv2d(x, *self.parameters.values(), strides=self.strides, padding=self.padding)

    def _backward(self, dy):
        how = {"strides": self.strides, "padding": self.padding, "needs_dx": self.needs_dx}
        dx, dkernel, dbias = conv.conv2d_backward(dy, self._x, self.parameters["kernel"], **how)
        self.gradients = {"kernel": dkernel, "bias": dbias}
        return dx


@dataclass(eq=False)
class MaxPool2D(Layer):
    """y, (n, h_out, w_out, c), is the largest of each window of x. Lesson 04: it gets all of dy."""

    pool_size: int | tuple = 2
    strides: int | tuple | None = None
    padding: str = "valid"
    sides = ("h", "w", "c")
    _pool, _pool_backward = staticmethod(conv.max_pool2d), staticmethod(conv.max_pool2d_backward)

    def __post_init__(self):
        self.strides = self.pool_size if self.strides is None else self.strides
        super().__post_init__()

    def _forward(self, x, training):
        self._x = x
        return self._pool(x, self.pool_size, strides=self.strides, padding=self.padding)

    def _backward(self, dy):
        how = {"strides": self.strides, "padding": self.padding}
        return self._pool_backward(dy, self._x, self.pool_size, **how)


class AveragePooling2D(MaxPool2D):
    """y, (n, h_out, w_out, c), is the mean of each window of x. Lesson 06: all share dy equally."""

    _pool, _pool_backward = staticmethod(conv.avg_pool2d), staticmethod(conv.avg_pool2d_backward)


class Flatten(Layer):
    """(n, h, w, c) becomes (n, h·w·c), and dy the shape of x again."""

    def _forward(self, x, training):
        return x.reshape(len(x), -1)

    def _backward(self, dy):
        return dy.reshape(-1, *self.input_shape)


class ReLU(Layer):
    """y = max(x, 0). Lesson 04: dx = dy where x > 0, else 0."""

    def _forward(self, x, training):
        self._positive = x > 0
        return np.maximum(x, 0)

    def _backward(self, dy):
        return dy * self._positive


class Sigmoid(Layer):
    """y = 1 / (1 + e⁻ˣ). Lesson 04: dx = dy · y · (1 − y)."""

    def _forward(self, x, training):
        return sigmoid(x)

    def _backward(self, dy):
        return dy * self._y * (1 - self._y)


class Tanh(Layer):
    """y = tanh(x). Lesson 04: dx = dy · (1 − y²)."""

    def _forward(self, x, training):
        return np.tanh(x)

    def _backward(self, dy):
        return dy * (1 - self._y**2)


@dataclass(eq=False)
class Dropout(Layer):
    """In training y = x · mask, dx = dy · mask; else y = x. Lesson 06 derives the scale.

    Entries of the mask, each by itself, are 0 with the chance `rate`, else 1 / (1 − rate).
    """

    rate: float

    def _forward(self, x, training):
        self._mask = 1
        if training:
            self._mask = (self.rng.random(x.shape) >= self.rate).astype(x.dtype) / (1 - self.rate)
        return x * self._mask

    def _backward(self, dy):
        return dy * self._mask


@dataclass(eq=False)
class BatchNormalization(Layer):
    """y = gamma · z + beta, z = (x − mean) / √(variance + epsilon), each per channel, (c,).

    In training mean and variance are those of the m = n·h·w numbers of a channel, and the moving
    ones go towards them; otherwise they are the moving ones, so constants. Lesson 06:
    dgamma = Σ dy · z, dbeta = Σ dy, dx = gamma / √(…) · (dy − dbeta / m − z · dgamma / m); with
    constants, the first of the three terms alone.

    S. Ioffe and C. Szegedy, "Batch normalization", ICML 2015.
    """

    momentum: float = 0.99
    epsilon: float = 1e-3

    def _build(self, *input_shape):
        zeros, ones = (make(input_shape[-1], self.dtype) for make in (np.zeros, np.ones))
        self.parameters = {"gamma": ones, "beta": zeros}
        self.statistics = {"moving_mean": zeros.copy(), "moving_variance": ones.copy()}

    def _forward(self, x, training):
        moving_mean, moving_variance = self.statistics.values()
        mean, variance, self._training = moving_mean, moving_variance, training
        if training:
            axes = tuple(range(x.ndim - 1))
            mean, variance = x.mean(axes), x.var(axes)
            moving_mean += (1 - self.momentum) * (mean - moving_mean)
            moving_variance += (1 - self.momentum) * (variance - moving_variance)
        self._deviation = np.sqrt(variance + self.epsilon)
        self._z = (x - mean) / self._deviation
        return self.parameters["gamma"] * self._z + self.parameters["beta"]

    def _backward(self, dy):
        axes, m = tuple(range(dy.ndim - 1)), dy.size // dy.shape[-1]
        dgamma, dbeta = (dy * self._z).sum(axes), dy.sum(axes)
        self.gradients = {"gamma": dgamma, "beta": dbeta}
        if self._training:
            dy = dy - dbeta / m - self._z * (dgamma / m)
        return self.parameters["gamma"] / self._deviation * dy


def sigmoid(x):
    """Return 1 / (1 + e⁻ˣ), which no x makes overflow."""
    return 0.5 * (1 + np.tanh(0.5 * x))
