/**
 * Operations with correct gradients of every order, on every backend.
 *
 * Whatever stands under MetaMAE's inner gradient is built from these and from the operations of
 * TF.js whose own gradients save inputs only: add, sub, mul, div, neg, square, sqrt, rsqrt, log,
 * erf, relu, matMul, mean, sum, concat, slice, transpose, reshape and where.
 *
 * @module
 */

export { exp, gelu, sigmoid, tanh } from "./elementwise.ts";
export { crossEntropy, logSoftmax, softmax } from "./softmax.ts";
export { layerNorm, layerNormEpsilon, standardize } from "./layer_norm.ts";
export { oneHot } from "./embedding.ts";
export { gatherRows, keepTokens, placeTokens, type TokenIndices } from "./tokens.ts";
export { detach } from "./differentiable.ts";
export { embedding } from "./embedding.ts";
export { dropout, dropoutKey, type DropoutOptions } from "./dropout.ts";
