"""The package behind the lessons, from the ground up; a module imports only what is above it here.

=============  ===============================================================================
_validate      the rules that arguments keep, and the words of an error
shapes         sizes, parameters and receptive fields: formulas on integers
_arrays        the rule that arrays keep
by_hand        convolution, pooling and k-means as plain loops, by lesson: read this first
_fast_conv     the same convolution and pooling, fast: run this
conv           convolution and pooling for every day: arguments checked, computed by the engine
filters        kernels by design, gray and shifted images
drawings       the pictures that lesson 02 filters
photos         photographs: a learner's own, or two that come along
cluster        k-means and k-means++ with their history
_stored        where the course's files are, in its folder or in a wheel
_keras         Keras, imported without its start-up messages
_torch_file    a file of PyTorch's weights, read without PyTorch
data           MNIST and CIFAR-10, from wherever they can be had
reports        the figures of the five reports, by row
probes         what trained networks are asked: of moved images, of their weights
settings       what a training depends on
describe       a Keras model read by the formulas of `shapes`
models         the networks of the reports, by name
pretrained     EfficientNet-Lite0 with weights learned on ImageNet
nn             networks in NumPy: layers, losses, optimizers, training, gradient check
suspects       five networks of `nn` with one wrong line each: lesson 06 finds them
training       one Keras network, trained as its settings say
transfer       a pretrained network for other images: frozen, or tuned
studies        which experiments there are, and what one is
study          experiments that resume: run, stored, compared
ledger         every row of the reports beside what the course found
display        how figures look, and how a notebook shows them
_figure_rules  what a figure may be given
plotting       every figure that stands still
live           figures that compute in the page, without a kernel
widgets        figures that move
check          the exercises' checks, a module a lesson
classroom      copies of the lessons, JupyterLab on them, pages, slides, the marking of a class
=============  ===============================================================================

`import helpers` loads none of them. Of what stands up to `describe`, `_keras` alone loads a
framework.
"""
