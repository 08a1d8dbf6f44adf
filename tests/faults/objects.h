/* The OpenCL objects of a program that are alive. All calls may be made by several threads at once. */
#ifndef FAULTS_OBJECTS_H
#define FAULTS_OBJECTS_H

#include <stdio.h>

#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>

enum kind { CONTEXT, QUEUE, BUFFER, PROGRAM, KERNEL, EVENT, KINDS };

/* A reference more; a handle of NULL is none. */
void object_add(void *handle, enum kind kind, cl_device_id device);
void object_drop(void *handle, enum kind kind);

/* Of the device it was added with; NULL: not alive. */
cl_device_id object_device(const void *handle, enum kind kind);

/* "left KIND OBJECTS" of those never released, "twice KIND OBJECTS" of those released too often. */
void objects_report(FILE *file);

#endif
