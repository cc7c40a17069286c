/**
 * What users should know about the server that other workers connect to.
 *
 * @module
 */

/** A warning with advice, for whoever trains on several machines. */
export const serverAdvice =
  "Data-parallel training opens TensorFlow's collective server: it listens on all interfaces without " +
  "authentication, and Deno's --allow-net does not bind it. Run it in a trusted network only, and let " +
  "a firewall admit just the other workers to its port.";
