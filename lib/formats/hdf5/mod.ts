/**
 * HDF5 files.
 *
 * @module
 */

export { type Hdf5Dataset, type Hdf5File, openHdf5 } from "./hdf5.ts";
