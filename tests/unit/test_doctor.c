/* What the doctor finds on systems laid out in a temporary folder. */
#include <criterion/criterion.h>
#include <unistd.h>

#include "doctor/examine.h"
#include "system_fixture.h"

static struct system_view view;
static struct device_entry entries[2];
static struct device_list list;
static struct findings findings;
static const struct patient patient = {&view, &list, &findings};

/* All that was told, a line each: "problem GPU: found | mend". */
static char told[8000];

static void note(void *user, const struct plotmill_finding *finding)
{
    static const char *const names[] = {"ok", "note", "problem"};
    (void)user;
    const size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s %s: %s | %s\n", names[finding->severity], finding->check,
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
        entries[i] = (struct device_entry){.info = {.type = PLOTMILL_DEVICE_CPU,
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
    findings = (struct findings){.tell = note};
    told[0] = 0;
}

static void end(void)
{
    remove_system();
}

TestSuite(doctor, .init = begin, .fini = end);

static void make_gpu(struct device_entry *entry, const char *name, const char *vendor)
{
    entry->info.type = PLOTMILL_DEVICE_GPU;
    entry->info.discrete = 1;
    snprintf(entry->info.name, sizeof entry->info.name, "%s", name);
    snprintf(entry->info.vendor, sizeof entry->info.vendor, "%s", vendor);
    snprintf(entry->info.platform, sizeof entry->info.platform, "%s", vendor);
}

static void expect(const char *expected)
{
    cr_assert_str_eq(told, expected, "found:\n%s", told);
    told[0] = 0;
}

static void expect_part(const char *part)
{
    cr_assert(strstr(told, part), "no \"%s\" in:\n%s", part, told);
    told[0] = 0;
}

Test(doctor, no_platform)
{
    list.count = list.platforms = 0;
    put("/etc/os-release", "ID=debian\n");
    examine_platforms(&patient);
    expect("problem platforms: no OpenCL platform was found | install one for the CPU with: apt install "
           "pocl-opencl-icd\n");
    view.icd_vendors = "/nowhere";
    examine_platforms(&patient);
    expect("problem platforms: no OpenCL platform was found: OCL_ICD_VENDORS=/nowhere leads to none | unset it, or "
           "install one for the CPU with: apt install pocl-opencl-icd\n");
    cr_assert_eq(findings.problems, 2);
}

Test(doctor, platforms_that_fail)
{
    examine_platforms(&patient);
    expect("ok platforms: 1 with 1 device | \n");
    snprintf(list.left_out, sizeof list.left_out, "clGetDeviceIDs: CL_OUT_OF_HOST_MEMORY (-6)");
    list.pocl_is_silent = true;
    examine_platforms(&patient);
    cr_assert(strstr(told, "problem platforms: one is left out: clGetDeviceIDs"), "%s", told);
    expect_part("problem platforms: PoCL offers no device, as when its cache folder cannot be written | set "
                "POCL_CACHE_DIR");
}

Test(doctor, driver_files)
{
    put("/usr/lib/x86_64-linux-gnu/libpocl.so.2", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    put("/etc/OpenCL/vendors/old.icd.bak", "libold.so\n");
    examine_driver_files(&patient);
    expect("ok drivers: 1 registered in /etc/OpenCL/vendors: pocl.icd | \n");
    put("/etc/OpenCL/vendors/pocl.icd", "/opt/gone/libpocl.so\n");
    examine_driver_files(&patient);
    expect_part("note drivers: /etc/OpenCL/vendors/pocl.icd names /opt/gone/libpocl.so, which is not there | install "
                "that driver anew, or remove the file\n");
    put("/etc/OpenCL/vendors/pocl.icd", "libgone.so.1\n");
    examine_driver_files(&patient);
    expect_part("names libgone.so.1, which is in none of the usual folders | write the library's whole path");
    put("/etc/OpenCL/vendors/pocl.icd", "");
    examine_driver_files(&patient);
    expect_part("note drivers: /etc/OpenCL/vendors/pocl.icd names no library");
}

Test(doctor, drivers_that_do_not_answer)
{
    put("/usr/lib/libpocl.so.2", "");
    put("/usr/lib/libother.so.2", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    put("/etc/OpenCL/vendors/other.icd", "libother.so.2\n");
    examine_driver_files(&patient);
    expect_part("but only 1 answered | ldd of the libraries");
    list.platforms = 2;
    examine_driver_files(&patient);
    expect_part("ok drivers: 2 registered in /etc/OpenCL/vendors: ");
    view.icd_vendors = "/usr/lib/libpocl.so.2";
    examine_driver_files(&patient);
    expect("note drivers: OCL_ICD_VENDORS=/usr/lib/libpocl.so.2: drivers registered in /etc/OpenCL/vendors are not "
           "seen | unset OCL_ICD_VENDORS, unless that is what you want\n");
}

/* What Colab and many containers look like. */
Test(doctor, driver_library_without_icd_file)
{
    put("/dev/nvidia0", "");
    put("/dev/nvidiactl", "");
    put("/usr/lib64-nvidia/libnvidia-opencl.so.1", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    examine_gpus(&patient);
    expect("problem GPU: one of NVIDIA is visible (/dev/nvidia0) but not usable through OpenCL | libnvidia-opencl.so.1 "
           "is installed but not registered: mkdir -p /etc/OpenCL/vendors && echo "
           "/usr/lib64-nvidia/libnvidia-opencl.so.1 > /etc/OpenCL/vendors/nvidia.icd (as root)\n");
    put("/etc/OpenCL/vendors/nvidia.icd", "/usr/lib64-nvidia/libnvidia-opencl.so.1\n");
    view.cuda_visible = "";
    examine_gpus(&patient);
    expect("problem GPU: one of NVIDIA is visible (/dev/nvidia0) but not usable through OpenCL | CUDA_VISIBLE_DEVICES= "
           "hides it: unset it\n");
    view.cuda_visible = "0";
    examine_gpus(&patient);
    expect_part("its version must fit the kernel's");
    make_gpu(&entries[0], "NVIDIA H200", "NVIDIA Corporation");
    examine_gpus(&patient);
    expect("ok GPU: 1 of NVIDIA usable through OpenCL | \n");
}

Test(doctor, one_gpu_works_and_another_does_not)
{
    make_gpu(&entries[0], "Intel(R) UHD Graphics", "Intel(R) Corporation");
    put("/dev/nvidia0", "");
    put("/etc/os-release", "ID=arch\n");
    examine_gpus(&patient);
    cr_assert(strstr(told, "problem GPU: one of NVIDIA is visible"), "%s", told);
    expect_part("ok GPU: 1 of Intel usable through OpenCL | \n");
    end();
    begin();
    make_gpu(&entries[0], "gfx1100", "Advanced Micro Devices, Inc.");
    put("/usr/lib/libnvidia-opencl.so.1", "");
    examine_gpus(&patient);
    cr_assert(strstr(told, "ok GPU: 1 of AMD usable"), "%s", told);
    expect_part("note GPU: NVIDIA's OpenCL driver cannot be found by OpenCL programs | ");
    cr_assert_eq(findings.problems, 0);
}

Test(doctor, no_gpu)
{
    examine_gpus(&patient);
    expect("ok GPU: this system shows none | \n");
    put("/dev/dxg", "");
    examine_gpus(&patient);
    expect_part("problem GPU: one is visible (/dev/dxg)");
    make_gpu(&entries[0], "Apple M2", "Apple");
    examine_gpus(&patient);
    expect("ok GPU: 1 usable through OpenCL | \n");
}

#define NVRM \
    "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version: 12\n"
#define NVRM_OPEN "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.15  Release Build  (dvs-builder)\n"

Test(doctor, nvidia_versions)
{
    examine_nvidia(&patient);
    expect("");
    put("/proc/driver/nvidia/version", NVRM);
    put("/usr/lib/libnvidia-nvvm.so.4", "");
    examine_nvidia(&patient);
    expect("");
    const char *link = put("/usr/lib/libnvidia-opencl.so.1", "");
    cr_assert(os_remove_file(link) && !symlink("libnvidia-opencl.so.535.104.05", link));
    put("/usr/lib/libnvidia-opencl.so.535.104.05", "");
    put("/usr/lib/libnvidia-opencl.so.470.1", ""); /* left behind: the link does not lead there */
    examine_nvidia(&patient);
    expect("ok NVIDIA driver: the kernel's and the library's version are both 535.104.05 | \n");
    put("/proc/driver/nvidia/version", NVRM_OPEN);
    examine_nvidia(&patient);
    expect("problem NVIDIA driver: the kernel's version is 570.86.15, but /usr/lib/libnvidia-opencl.so.1 is of "
           "535.104.05 | restart the machine if its driver was updated; else install the library of the kernel's "
           "version (in a container, none: the runtime brings the host's)\n");
}

Test(doctor, nvidia_version_by_the_file_beside)
{
    put("/proc/driver/nvidia/version", NVRM);
    put("/usr/lib64/libnvidia-opencl.so.1", "");
    put("/usr/lib64/libnvidia-opencl.so.535.99", "");
    put("/usr/lib64/libnvidia-compiler.so.535.104.05", "");
    examine_nvidia(&patient);
    expect_part("problem NVIDIA driver: the kernel's version is 535.104.05, but /usr/lib64/libnvidia-opencl.so.1 is of "
                "535.99");
    put("/usr/lib64/libnvidia-opencl.so.535.104.05", ""); /* which of the two is used does not show */
    examine_nvidia(&patient);
    expect("");
}

Test(doctor, nvidia_compiler_missing)
{
    put("/proc/driver/nvidia/version", NVRM);
    put("/usr/lib64/libnvidia-opencl.so.1", "");
    examine_nvidia(&patient);
    expect_part("note NVIDIA compiler: libnvidia-nvvm.so.4, with which the driver compiles kernels, is in none of the "
                "usual folders | ");
}

Test(doctor, default_device)
{
    examine_default(&patient);
    expect_part("ok default: device 0, pthread-cpu: ");
    list.count = 2;
    make_gpu(&entries[1], "NVIDIA H200", "NVIDIA Corporation");
    entries[0].info.is_default = 0;
    entries[1].info.is_default = 1;
    setenv("PLOTMILL_DEVICE", "cpu", 1);
    examine_default(&patient);
    expect("note default: PLOTMILL_DEVICE=cpu chooses a CPU, pthread-cpu, although there is a GPU: device 1, NVIDIA "
           "H200 | unset PLOTMILL_DEVICE\n");
    setenv("PLOTMILL_DEVICE", "gpu", 1);
    examine_default(&patient);
    expect_part("ok default: device 1, NVIDIA H200: asked for by PLOTMILL_DEVICE=gpu");
    setenv("PLOTMILL_DEVICE", "voodoo", 1);
    examine_default(&patient);
    expect_part("problem default: PLOTMILL_DEVICE=voodoo fits no device; there are: 0: pthread-cpu");
    unsetenv("PLOTMILL_DEVICE");
    list.count = 1;
    entries[0].info.is_default = 1;
    snprintf(entries[0].info.name, sizeof entries[0].info.name, "llvmpipe (LLVM 15.0.6, 256 bits)");
    examine_default(&patient);
    expect_part("note default: device 0, llvmpipe (LLVM 15.0.6, 256 bits): llvmpipe draws on the CPU");
}

Test(doctor, settings)
{
    examine_settings(&patient);
    expect("ok settings: no variable that slows OpenCL down is set | \n");
    setenv("POCL_DEBUG", "0", 1);
    setenv("OPENCL_LAYERS", "", 1);
    examine_settings(&patient);
    expect("ok settings: no variable that slows OpenCL down is set | \n");
    setenv("POCL_DEBUG", "all", 1);
    setenv("OPENCL_LAYERS", "/opt/spy.so", 1);
    examine_settings(&patient);
    expect("note settings: OPENCL_LAYERS=/opt/spy.so: a layer stands between plotmill and the drivers | unset "
           "OPENCL_LAYERS\nnote settings: POCL_DEBUG=all: PoCL writes messages as it works | unset POCL_DEBUG\n");
}

Test(doctor, processor)
{
    examine_processor(&patient, 4);
    expect("ok processor: 4 cores, not held back | \n");
    examine_processor(&patient, 2);
    expect("note processor: device 0 starts 4 threads, but this process may use 2 cores | set "
           "POCL_MAX_PTHREAD_COUNT=2\n");
    setenv("POCL_MAX_PTHREAD_COUNT", "4", 1);
    examine_processor(&patient, 8);
    expect("note processor: POCL_MAX_PTHREAD_COUNT=4: device 0 uses 4 of 8 cores | unset POCL_MAX_PTHREAD_COUNT\n");
    put("/proc/loadavg", "3.90 1.02 0.80 2/345 6789\n");
    examine_processor(&patient, 4);
    expect("note processor: other programs keep it busy: load 3.9 on 4 cores | measure, and run long jobs, when it is "
           "idle\n");
}

Test(doctor, processor_of_a_container)
{
    put("/sys/fs/cgroup/cpu.max", "max 100000\n");
    examine_processor(&patient, 4);
    expect("ok processor: 4 cores, not held back | \n");
    put("/sys/fs/cgroup/cpu.max", "150000 100000\n");
    examine_processor(&patient, 4);
    cr_assert(strstr(told, "note processor: this container may use 1.5 of 4 cores at a time | grant it more (docker "
                           "--cpus, Kubernetes limits.cpu), or run with --jobs 2\n"),
              "%s", told);
    expect_part("device 0 starts 4 threads, but this process may use 1.5 cores | set POCL_MAX_PTHREAD_COUNT=2\n");
    end();
    begin();
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n");
    examine_processor(&patient, 4);
    expect("ok processor: 4 cores, not held back | \n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_quota_us", "25000\n");
    put("/sys/fs/cgroup/cpu/cpu.cfs_period_us", "50000\n");
    examine_processor(&patient, 4);
    expect_part("this container may use 0.5 of 4 cores");
}

Test(doctor, memory)
{
    examine_memory(&patient);
    expect("");
    put("/proc/meminfo", "MemTotal: 24684096 kB\nMemFree: 1000 kB\nMemAvailable: 4194304 kB\n");
    examine_memory(&patient);
    expect("ok memory: 4.0 GiB are free | \n");
    put("/sys/fs/cgroup/memory.max", "max\n");
    put("/sys/fs/cgroup/memory.current", "1000000\n");
    examine_memory(&patient);
    expect("ok memory: 4.0 GiB are free | \n");
    put("/sys/fs/cgroup/memory.max", "268435456\n");
    put("/sys/fs/cgroup/memory.current", "58720256\n");
    examine_memory(&patient);
    expect("problem memory: 200 MiB are free, expected at least 512 | end other programs, or grant the container "
           "more\n");
}

Test(doctor, memory_of_devices_and_loaders)
{
    entries[0].info.memory = entries[0].info.max_allocation = 4 << 20;
    examine_memory(&patient);
    expect_part("note memory: device 0, pthread-cpu, has room for batches of ");
    entries[0].unusable = "it is not available";
    put("/proc/self/mounts", "overlay / overlay rw 0 0\nshm /dev/shm tmpfs rw,nosuid,size=65536k,inode64 0 0\n");
    examine_memory(&patient);
    expect("note memory: /dev/shm holds 64 MiB: too little for loaders that hand images over through it | start the "
           "container with --shm-size 2g (or --ipc host)\n");
    put("/proc/self/mounts", "tmpfs /dev/shm tmpfs rw,relatime,size=24684096k 0 0\n");
    examine_memory(&patient);
    expect("");
}

Test(doctor, folder)
{
    put("/proc/self/mounts", "overlay / overlay rw 0 0\ndrive /content/drive fuse.drive rw 0 0\n"
                             "/dev/sda1 /content/drivers ext4 rw 0 0\n//nas/x /mnt/nas cifs rw 0 0\n");
    examine_folder(&patient, "/content/drive/MyDrive");
    expect("note folder: /content/drive/MyDrive lies on another machine or behind a slow layer (fuse.drive) | write to "
           "a local disk, and copy what is finished\n");
    examine_folder(&patient, "/content/drivers/x");
    expect("ok folder: /content/drivers/x lies on ext4 | \n");
    examine_folder(&patient, "/mnt/nas");
    expect_part("(cifs)");
    examine_folder(&patient, "/home/x");
    expect("ok folder: /home/x lies on overlay | \n");
}

Test(doctor, caches)
{
    char folder[700];
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    snprintf(folder, sizeof folder, "%s/pocl/kcache", root);
    setenv("POCL_CACHE_DIR", folder, 1);
    snprintf(folder, sizeof folder, "%s/kept", root);
    examine_caches(&patient, folder);
    cr_assert(strstr(told, "ok cache: kernels are kept in ") && strstr(told, "ok PoCL's cache: "), "%s", told);
    cr_assert_eq(findings.notes + findings.problems, 0);
    told[0] = 0;
    const char *file = put("/file", "");
    snprintf(folder, sizeof folder, "%s/below", file);
    setenv("POCL_CACHE_DIR", folder, 1);
    examine_caches(&patient, folder);
    cr_assert(strstr(told, "note cache: kernels cannot be kept, so that every start compiles them: "), "%s", told);
    expect_part("cannot be written: PoCL then offers no device | set POCL_CACHE_DIR to a folder that can be written\n");
    cr_assert_eq(findings.notes, 1);
    cr_assert_eq(findings.problems, 1);
    unsetenv("HOME");
    unsetenv("XDG_CACHE_HOME");
    unsetenv("POCL_CACHE_DIR");
    examine_caches(&patient, NULL);
    expect_part("note cache: no folder to keep kernels in (neither PLOTMILL_CACHE_DIR nor HOME is set)");
    os_remove_file(file);
}
