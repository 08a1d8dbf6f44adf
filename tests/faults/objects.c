#include "objects.h"

#include <pthread.h>
#include <stddef.h>

static const char *const kind_names[] = {"context", "queue", "buffer", "program", "kernel", "event"};

static struct object {
    void *handle;
    enum kind kind;
    cl_device_id device;
    int references;
} objects[16384];
static size_t object_count;
static int released_twice[KINDS];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static struct object *find(const void *handle, enum kind kind)
{
    for (size_t i = 0; i < object_count; i++)
        if (objects[i].handle == handle && objects[i].kind == kind)
            return &objects[i];
    return NULL;
}

cl_device_id object_device(const void *handle, enum kind kind)
{
    pthread_mutex_lock(&lock);
    const struct object *object = find(handle, kind);
    cl_device_id device = object ? object->device : NULL;
    pthread_mutex_unlock(&lock);
    return device;
}

void object_add(void *handle, enum kind kind, cl_device_id device)
{
    if (!handle)
        return;
    pthread_mutex_lock(&lock);
    struct object *object = find(handle, kind);
    if (!object && object_count < sizeof objects / sizeof *objects) {
        object = &objects[object_count++];
        *object = (struct object){handle, kind, device, 0};
    }
    if (object)
        object->references++;
    pthread_mutex_unlock(&lock);
}

void object_drop(void *handle, enum kind kind)
{
    pthread_mutex_lock(&lock);
    struct object *object = find(handle, kind);
    if (!object)
        released_twice[kind]++;
    else if (--object->references == 0)
        *object = objects[--object_count];
    pthread_mutex_unlock(&lock);
}

void objects_report(FILE *file)
{
    int left[KINDS] = {0};
    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < object_count; i++)
        left[objects[i].kind] += objects[i].references;
    for (int kind = 0; kind < KINDS; kind++) {
        if (left[kind])
            fprintf(file, "left %s %d\n", kind_names[kind], left[kind]);
        if (released_twice[kind])
            fprintf(file, "twice %s %d\n", kind_names[kind], released_twice[kind]);
    }
    pthread_mutex_unlock(&lock);
}
