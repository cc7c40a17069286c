/**
 * Operations with correct gradients of every order, on every backend.
 *
 * Whatever stands under MetaMAE's inner gradient is built from these and from the operations of
 * TF.js whose own gradients save inputs only: add, sub, mul, div, neg, square, sqrt, rsqrt, log,
 * erf, relu, matMul, mean, sum, concat, slice, transpose, reshape and where.
 *
 * @module
 */

export { detach } from "./differentiable.ts";
export { dropout, dropoutKey } from "./dropout.ts";
export { embedding, oneHot } from "./embedding.ts";
export { crossEntropy, gelu, layerNorm, sigmoid, softmax } from "./functions.ts";
export { gatherRows, keepTokens, placeTokens } from "./tokens.ts";
