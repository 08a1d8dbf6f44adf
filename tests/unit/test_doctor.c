/* The findings of api_doctor on systems made in a temporary folder. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "doctor/doctor.h"
#include "system_fixture.h"

static struct system_view view;
static struct device_entry entries[2];
static struct device_list list;
static struct doctor_context context;

/* All findings, one line each: "problem GPU: found | fix". */
static char found[8000];

static void note(void *user, const struct finding *finding)
{
    static const char *const names[] = {"ok", "note", "problem"};
    (void)user;
    const size_t used = strlen(found);
    snprintf(found + used, sizeof found - used, "%s %s: %s | %s\n", names[finding->severity], finding->check,
             finding->found, finding->fix);
}

static void begin(void)
{
    static const char *const variables[] = {"PLOTMILL_DEVICE", "OPENCL_LAYERS", "POCL_MAX_PTHREAD_COUNT",
                                            "POCL_CACHE_DIR",  "POCL_DEBUG",    "PLOTMILL_CACHE_DIR"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++)
        unsetenv(variables[i]);
    make_system("doctor");
    view = (struct system_view){.root = root};
    for (uint32_t i = 0; i < 2; i++)
        entries[i] = (struct device_entry){.info = {.type = DEVICE_TYPE_CPU,
                                                    .index = i,
                                                    .duplicate_of = -1,
                                                    .compute_units = 4,
                                                    .memory = (uint64_t)8 << 30,
                                                    .max_allocation = (uint64_t)2 << 30,
                                                    .name = "pthread-cpu",
                                                    .platform = "Portable Computing Language",
                                                    .vendor = "GenuineIntel"}};
    entries[0].info.is_default = 1;
    list = (struct device_list){.entries = entries, .count = 1, .platforms = 1};
    context = (struct doctor_context){.view = &view, .list = &list, .report = note};
    found[0] = 0;
}

static void end(void)
{
    remove_system();
}

TestSuite(doctor, .init = begin, .fini = end);

static void make_gpu(struct device_entry *entry, const char *name, const char *vendor)
{
    entry->info.type = DEVICE_TYPE_GPU;
    entry->info.discrete = 1;
    snprintf(entry->info.name, sizeof entry->info.name, "%s", name);
    snprintf(entry->info.vendor, sizeof entry->info.vendor, "%s", vendor);
    snprintf(entry->info.platform, sizeof entry->info.platform, "%s", vendor);
}

static void expect(const char *expected)
{
    cr_assert_str_eq(found, expected, "found:\n%s", found);
    found[0] = 0;
}

static void expect_part(const char *part)
{
    cr_assert(strstr(found, part), "no \"%s\" in:\n%s", part, found);
    found[0] = 0;
}

Test(doctor, no_platform)
{
    list.count = list.platforms = 0;
    put("/etc/os-release", "ID=debian\n");
    doctor_check_platforms(&context);
    expect("problem platforms: no OpenCL platform was found | install one for the CPU with: apt install "
           "pocl-opencl-icd\n");
    view.icd_vendors = "/nowhere";
    doctor_check_platforms(&context);
    expect("problem platforms: no OpenCL platform was found: OCL_ICD_VENDORS=/nowhere names none | unset it, or "
           "install one for the CPU with: apt install pocl-opencl-icd\n");
    cr_assert_eq(context.problems, 2);
}

Test(doctor, platforms_that_fail)
{
    doctor_check_platforms(&context);
    expect("ok platforms: 1 with 1 device | \n");
    snprintf(list.left_out, sizeof list.left_out, "clGetDeviceIDs: CL_OUT_OF_HOST_MEMORY (-6)");
    list.pocl_is_silent = true;
    doctor_check_platforms(&context);
    cr_assert(strstr(found, "problem platforms: one was left out: clGetDeviceIDs"), "%s", found);
    expect_part("problem platforms: PoCL offers no device, as when its cache folder is not writable | set "
                "POCL_CACHE_DIR to a writable folder");
}

Test(doctor, driver_files)
{
    put("/usr/lib/x86_64-linux-gnu/libpocl.so.2", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    put("/etc/OpenCL/vendors/old.icd.bak", "libold.so\n");
    doctor_check_driver_files(&context);
    expect("ok drivers: 1 registered in /etc/OpenCL/vendors: pocl.icd | \n");
    put("/etc/OpenCL/vendors/pocl.icd", "/opt/gone/libpocl.so\n");
    doctor_check_driver_files(&context);
    expect_part(
        "note drivers: /etc/OpenCL/vendors/pocl.icd names /opt/gone/libpocl.so, which does not exist | reinstall "
        "that driver, or remove the file\n");
    put("/etc/OpenCL/vendors/pocl.icd", "libgone.so.1\n");
    doctor_check_driver_files(&context);
    expect_part("names libgone.so.1, which is in none of the usual folders | write the library's full path");
    put("/etc/OpenCL/vendors/pocl.icd", "");
    doctor_check_driver_files(&context);
    expect_part("note drivers: /etc/OpenCL/vendors/pocl.icd names no library");
}

Test(doctor, drivers_that_do_not_answer)
{
    put("/usr/lib/libpocl.so.2", "");
    put("/usr/lib/libother.so.2", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    put("/etc/OpenCL/vendors/other.icd", "libother.so.2\n");
    doctor_check_driver_files(&context);
    expect_part("but only 1 loaded | run ldd on the libraries");
    list.platforms = 2;
    doctor_check_driver_files(&context);
    expect_part("ok drivers: 2 registered in /etc/OpenCL/vendors: ");
    view.icd_vendors = "/usr/lib/libpocl.so.2";
    doctor_check_driver_files(&context);
    expect("note drivers: OCL_ICD_VENDORS=/usr/lib/libpocl.so.2 hides the drivers registered in /etc/OpenCL/vendors | "
           "unset OCL_ICD_VENDORS, unless this is intended\n");
}

/* What Colab and many containers look like. */
Test(doctor, driver_library_without_icd_file)
{
    put("/dev/nvidia0", "");
    put("/dev/nvidiactl", "");
    put("/usr/lib64-nvidia/libnvidia-opencl.so.1", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    doctor_check_gpus(&context);
    expect_part("problem GPU: an NVIDIA GPU is visible (/dev/nvidia0) but not usable through OpenCL | its driver "
                "/usr/lib64-nvidia/libnvidia-opencl.so.1 offers no device");
    put("/etc/OpenCL/vendors/nvidia.icd", "/usr/lib64-nvidia/libnvidia-opencl.so.1\n");
    view.cuda_visible = "";
    doctor_check_gpus(&context);
    expect("problem GPU: an NVIDIA GPU is visible (/dev/nvidia0) but not usable through OpenCL | CUDA_VISIBLE_DEVICES= "
           "hides it: unset it\n");
    view.cuda_visible = "0";
    doctor_check_gpus(&context);
    expect_part("its version must match the kernel driver's");
    make_gpu(&entries[0], "NVIDIA H200", "NVIDIA Corporation");
    doctor_check_gpus(&context);
    expect("ok GPU: 1 GPU of NVIDIA usable through OpenCL | \n");
}

Test(doctor, one_gpu_works_and_another_does_not)
{
    make_gpu(&entries[0], "Intel(R) UHD Graphics", "Intel(R) Corporation");
    put("/dev/nvidia0", "");
    put("/etc/os-release", "ID=arch\n");
    doctor_check_gpus(&context);
    cr_assert(strstr(found, "problem GPU: an NVIDIA GPU is visible"), "%s", found);
    expect_part("ok GPU: 1 GPU of Intel usable through OpenCL | \n");
    end();
    begin();
    make_gpu(&entries[0], "gfx1100", "Advanced Micro Devices, Inc.");
    put("/usr/lib/libnvidia-opencl.so.1", "");
    view.icd_vendors = "/mine";
    doctor_check_gpus(&context);
    cr_assert(strstr(found, "ok GPU: 1 GPU of AMD usable"), "%s", found);
    expect_part("note GPU: NVIDIA's OpenCL driver is installed but not used | OCL_ICD_VENDORS=/mine hides it");
    cr_assert_eq(context.problems, 0);
}

Test(doctor, no_gpu)
{
    doctor_check_gpus(&context);
    expect("ok GPU: this system has none | \n");
    put("/dev/dxg", "");
    doctor_check_gpus(&context);
    expect_part("problem GPU: a GPU is visible (/dev/dxg)");
    make_gpu(&entries[0], "Apple M2", "Apple");
    doctor_check_gpus(&context);
    expect("ok GPU: 1 GPU usable through OpenCL | \n");
}

#define NVRM \
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version: 12\n"
#define NVRM_OPEN "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder)\n"

Test(doctor, nvidia_versions)
{
    doctor_check_nvidia(&context);
    expect("");
    put("/proc/driver/nvidia/version", NVRM);
    put("/usr/lib/libnvidia-nvvm.so.4", "");
    doctor_check_nvidia(&context);
    expect("");
    const char *link = put("/usr/lib/libnvidia-opencl.so.1", "");
    cr_assert(os_remove_file(link) && !symlink("libnvidia-opencl.so.535.104.05", link));
    put("/usr/lib/libnvidia-opencl.so.535.104.05", "");
    put("/usr/lib/libnvidia-opencl.so.470.1", ""); /* left behind: the link does not lead there */
    doctor_check_nvidia(&context);
    expect("ok NVIDIA driver: kernel module and library both have version 535.104.05 | \n");
    put("/proc/driver/nvidia/version", NVRM_OPEN);
    doctor_check_nvidia(&context);
    expect("problem NVIDIA driver: the kernel module has version 570.86.15, but /usr/lib/libnvidia-opencl.so.1 has "
           "535.104.05 | reboot if the driver was updated; else install the library in the kernel module's version (in "
           "a container, install none: the container runtime provides the host's)\n");
}

Test(doctor, nvidia_version_by_the_file_beside)
{
    put("/proc/driver/nvidia/version", NVRM);
    put("/usr/lib64/libnvidia-opencl.so.1", "");
    put("/usr/lib64/libnvidia-opencl.so.535.99", "");
    put("/usr/lib64/libnvidia-compiler.so.535.104.05", "");
    doctor_check_nvidia(&context);
    expect_part("problem NVIDIA driver: the kernel module has version 535.104.05, but /usr/lib64/libnvidia-opencl.so.1 "
                "has 535.99");
    put("/usr/lib64/libnvidia-opencl.so.535.104.05", ""); /* it is not known which of the two is used */
    doctor_check_nvidia(&context);
    expect("");
}

Test(doctor, nvidia_compiler_missing)
{
    put("/proc/driver/nvidia/version", NVRM);
    put("/usr/lib64/libnvidia-opencl.so.1", "");
    doctor_check_nvidia(&context);
    expect_part("note NVIDIA compiler: libnvidia-nvvm.so.4, the driver's compiler, is in none of the usual folders | ");
}

Test(doctor, default_device)
{
    doctor_check_default(&context);
    expect_part("ok default: device 0, pthread-cpu: ");
    list.count = 2;
    make_gpu(&entries[1], "NVIDIA H200", "NVIDIA Corporation");
    entries[0].info.is_default = 0;
    entries[1].info.is_default = 1;
    setenv("PLOTMILL_DEVICE", "cpu", 1);
    doctor_check_default(&context);
    expect("note default: PLOTMILL_DEVICE=cpu selects a CPU, pthread-cpu, although there is a GPU: device 1, NVIDIA "
           "H200 | unset PLOTMILL_DEVICE\n");
    setenv("PLOTMILL_DEVICE", "gpu", 1);
    doctor_check_default(&context);
    expect_part("ok default: device 1, NVIDIA H200: selected by PLOTMILL_DEVICE=gpu");
    setenv("PLOTMILL_DEVICE", "voodoo", 1);
    doctor_check_default(&context);
    expect_part("problem default: PLOTMILL_DEVICE=voodoo matches no device; available: 0: pthread-cpu");
    unsetenv("PLOTMILL_DEVICE");
    list.count = 1;
    entries[0].info.is_default = 1;
    snprintf(entries[0].info.name, sizeof entries[0].info.name, "llvmpipe (LLVM 15.0.6, 256 bits)");
    doctor_check_default(&context);
    expect_part("note default: device 0, llvmpipe (LLVM 15.0.6, 256 bits): llvmpipe runs on the CPU");
}

Test(doctor, settings)
{
    doctor_check_settings(&context);
    expect("ok settings: no variable is set that slows OpenCL down | \n");
    setenv("POCL_DEBUG", "0", 1);
    setenv("OPENCL_LAYERS", "", 1);
    doctor_check_settings(&context);
    expect("ok settings: no variable is set that slows OpenCL down | \n");
    setenv("POCL_DEBUG", "all", 1);
    setenv("OPENCL_LAYERS", "/opt/spy.so", 1);
    doctor_check_settings(&context);
    expect("note settings: OPENCL_LAYERS=/opt/spy.so: a layer intercepts the OpenCL calls | unset "
           "OPENCL_LAYERS\nnote settings: POCL_DEBUG=all: PoCL prints debug messages | unset POCL_DEBUG\n");
}

Test(doctor, processor)
{
    doctor_check_processor(&context, 4);
    expect("ok processor: 4 cores, all available | \n");
    doctor_check_processor(&context, 2);
    expect("note processor: device 0 starts 4 threads, but this process may use 2 cores | set "
           "POCL_MAX_PTHREAD_COUNT=2\n");
    setenv("POCL_MAX_PTHREAD_COUNT", "4", 1);
    doctor_check_processor(&context, 8);
    expect("note processor: POCL_MAX_PTHREAD_COUNT=4: device 0 uses 4 of 8 cores | unset POCL_MAX_PTHREAD_COUNT\n");
    put("/proc/loadavg", "3.90 1.02 0.80 2/345 6789\n");
    doctor_check_processor(&context, 4);
    expect("note processor: other programs keep it busy: load 3.9 on 4 cores | measure, and run long jobs, when it is "
           "idle\n");
}

Test(doctor, processor_of_a_container)
{
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    doctor_check_processor(&context, 4);
    expect("ok processor: 4 cores, all available | \n");
    put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    doctor_check_processor(&context, 4);
    cr_assert(strstr(found,
                     "note processor: this container may use 1.5 of 4 cores at a time | grant more (docker --cpus, "
                     "Kubernetes limits.cpu), or set jobs to 2\n"),
              "%s", found);
    expect_part("device 0 starts 4 threads, but this process may use 1.5 cores | set POCL_MAX_PTHREAD_COUNT=2\n");
    end();
    begin();
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    doctor_check_processor(&context, 4);
    expect("ok processor: 4 cores, all available | \n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "25000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000\n");
    doctor_check_processor(&context, 4);
    expect_part("this container may use 0.5 of 4 cores");
}

Test(doctor, memory)
{
    doctor_check_memory(&context, 0);
    expect("");
    doctor_check_memory(&context, (uint64_t)4 << 30);
    expect("ok memory: 4.0 GiB are free | \n");
    doctor_check_memory(&context, 200 << 20);
    expect("problem memory: 200 MiB are free, expected at least 512 | end other programs, or grant the container "
           "more\n");
}

Test(doctor, memory_of_devices_and_loaders)
{
    entries[0].info.memory = entries[0].info.max_allocation = 4 << 20;
    doctor_check_memory(&context, 0);
    expect_part("note memory: device 0, pthread-cpu, has room for batches of ");
    entries[0].unusable = "it is not available";
    put("/proc/self/mounts", "overlay / overlay rw 0 0\nshm /dev/shm tmpfs rw,nosuid,size=65536k,inode64 0 0\n");
    doctor_check_memory(&context, 0);
    expect("note memory: /dev/shm has 64 MiB, too little for data loaders that pass images through it | start the "
           "container with --shm-size 2g (or --ipc host)\n");
    put("/proc/self/mounts", "tmpfs /dev/shm tmpfs rw,relatime,size=24684096k 0 0\n");
    doctor_check_memory(&context, 0);
    expect("");
}

Test(doctor, folder)
{
    put("/proc/self/mounts", "overlay / overlay rw 0 0\ndrive /content/drive fuse.drive rw 0 0\n"
                             "/dev/sda1 /content/drivers ext4 rw 0 0\n//nas/x /mnt/nas cifs rw 0 0\n");
    doctor_check_folder(&context, "/content/drive/MyDrive");
    expect(
        "note folder: /content/drive/MyDrive is on a network file system or another slow one (fuse.drive) | write to "
        "a local disk, and copy the finished files\n");
    doctor_check_folder(&context, "/content/drivers/x");
    expect("ok folder: /content/drivers/x is on ext4 | \n");
    doctor_check_folder(&context, "/mnt/nas");
    expect_part("(cifs)");
    doctor_check_folder(&context, "/home/x");
    expect("ok folder: /home/x is on overlay | \n");
}

Test(doctor, caches)
{
    char folder[700];
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    snprintf(folder, sizeof folder, "%s/pocl/kcache", root);
    setenv("POCL_CACHE_DIR", folder, 1);
    snprintf(folder, sizeof folder, "%s/kept", root);
    doctor_check_cache(&context, folder);
    doctor_check_pocl_cache(&context);
    cr_assert(strstr(found, "ok cache: kernels are cached in ") && strstr(found, "ok PoCL's cache: "), "%s", found);
    cr_assert_eq(context.notes + context.problems, 0);
    found[0] = 0;
    const char *file = put("/file", "");
    snprintf(folder, sizeof folder, "%s/below", file);
    setenv("POCL_CACHE_DIR", folder, 1);
    doctor_check_cache(&context, folder);
    doctor_check_pocl_cache(&context);
    cr_assert(strstr(found, "note cache: the kernel cache cannot be used, so every run compiles the kernels: "), "%s",
              found);
    expect_part("is not writable, so PoCL offers no device | set POCL_CACHE_DIR to a writable folder\n");
    cr_assert_eq(context.notes, 1);
    cr_assert_eq(context.problems, 1);
    unsetenv("HOME");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("POCL_CACHE_DIR");
    doctor_check_cache(&context, NULL);
    doctor_check_pocl_cache(&context);
    expect_part("note cache: there is no folder for the kernel cache (neither PLOTMILL_CACHE_DIR nor HOME is set)");
    os_remove_file(file);
}
