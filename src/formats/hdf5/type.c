#include "formats/hdf5/type.h"

#if HAVE_HDF5

/* IEEE 754: a sign, 5 bits of exponent, 10 of significand. HDF5 itself names such a type from version 2.0 on. */
static hid_t half_type(void)
{
    hid_t type = H5Tcopy(H5T_NATIVE_FLOAT);
    if (type >= 0 && H5Tset_fields(type, 15, 10, 5, 0, 10) >= 0 && H5Tset_size(type, 2) >= 0 &&
        H5Tset_ebias(type, 15) >= 0)
        return type;
    if (type >= 0)
        H5Tclose(type);
    return -1;
}

hid_t hdf5_pixel_type(enum plotmill_dtype dtype)
{
    if (dtype == PLOTMILL_DTYPE_F16)
        return half_type();
    return H5Tcopy(dtype == PLOTMILL_DTYPE_F32 ? H5T_NATIVE_FLOAT : H5T_STD_U8LE);
}

#endif
