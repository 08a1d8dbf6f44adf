#include "formats/hdf5/lock.h"

#include "base/thread.h"

static struct mutex lock = MUTEX_READY;

void hdf5_lock(void)
{
    mutex_lock(&lock);
}

void hdf5_unlock(void)
{
    mutex_unlock(&lock);
}
