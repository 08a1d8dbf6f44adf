/* GPUs that the system shows but OpenCL does not, on systems made in a temporary folder. */
#include <criterion/criterion.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "device/drivers.h"
#include "system_fixture.h"

static struct system_view view;
static struct device_entry entry;
static struct device_list list;
static char text[1000];

static void make_root(void)
{
    make_system("visible");
    view = (struct system_view){.root = root};
    entry = (struct device_entry){.info = {.type = DEVICE_TYPE_CPU}};
    list = (struct device_list){.entries = &entry, .count = 1, .platforms = 1};
}

static void remove_root(void)
{
    remove_system();
}

TestSuite(visible, .init = make_root, .fini = remove_root);

static void put_render_node(const char *vendor)
{
    put("/dev/dri/renderD128", "");
    put("/dev/dri/card0", "");
    put("/sys/class/drm/renderD128/device/vendor", vendor);
}

static void expect(const char *expected)
{
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text), "no hint");
    cr_assert_str_eq(text, expected);
}

static void expect_silence(void)
{
    cr_assert(!visible_gpu_hint(&view, &list, text, sizeof text), "%s", text);
}

#define NVIDIA_SEEN "an NVIDIA GPU is visible (/dev/nvidia0) but not usable through OpenCL: "

Test(visible, nothing_to_say)
{
    expect_silence();
    put_render_node("0x1af4\n"); /* virtio */
    expect_silence();
    put("/sys/class/drm/renderD128/device/vendor", "0x1234\n");
    expect_silence();
    put("/dev/nvidia-modeset", "");
    expect_silence();
}

Test(visible, usable_gpu_ends_the_search)
{
    put("/dev/nvidia0", "");
    entry.info.type = DEVICE_TYPE_GPU;
    expect_silence();
    entry.unusable = "its driver has no compiler";
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text));
}

Test(visible, host_gpu_not_handed_to_container)
{
    put("/sys/class/drm/renderD128/device/vendor", "0x10de\n");
    expect_silence();
    put("/proc/driver/nvidia/gpus/0000:01:00.0/information", "");
    expect(
        "an NVIDIA GPU is visible (/proc/driver/nvidia/gpus) but not usable through OpenCL: /dev has no node for it: "
        "start the container with --gpus all");
}

Test(visible, nvidia_library_without_icd)
{
    put("/dev/nvidia0", "");
    put("/dev/nvidiactl", "");
    put("/usr/lib64-nvidia/libnvidia-opencl.so.1", "");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    /* It was opened all the same. */
    static const char expected[] = NVIDIA_SEEN "its driver /usr/lib64-nvidia/libnvidia-opencl.so.1 offers no device: "
                                               "its version must match the kernel driver's (nvidia-smi shows both)";
    expect(expected);
    put("/etc/OpenCL/vendors/nvidia.icd", "libnvidia-opencl.so.1"); /* no line end */
    expect(expected);
}

Test(visible, library_without_a_node)
{
    view.library_path = ":/nowhere::/opt/driver";
    put("/opt/driver/libnvidia-opencl.so.1", "");
    expect_silence(); /* an image made for GPUs, run without one */
    view.icd_vendors = "/mine";
    expect("NVIDIA's OpenCL driver is installed but not used: OCL_ICD_VENDORS=/mine hides it: unset it");
    view.library_path = "/nowhere";
    expect_silence();
    view.library_path = "/opt/driver";
    view.icd_vendors = NULL;
    view.opencl_library = "/opt/libpocl.so";
    expect("NVIDIA's OpenCL driver is installed but not used: PLOTMILL_OPENCL_LIBRARY=/opt/libpocl.so hides it: unset "
           "it");
    view.opencl_library = NULL;
    put("/etc/OpenCL/vendors/nvidia.icd", "libnvidia-opencl.so.1\n");
    expect_silence();
}

Test(visible, hidden_by_variable)
{
    put("/dev/nvidia0", "");
    put("/usr/lib/x86_64-linux-gnu/libnvidia-opencl.so.1", "");
    put("/etc/OpenCL/vendors/nvidia.icd", "libnvidia-opencl.so.1\n");
    put("/mine/pocl.icd", "libpocl.so.2\n");
    view.icd_vendors = "/mine";
    expect(NVIDIA_SEEN "OCL_ICD_VENDORS=/mine hides its driver: unset it");
    view.icd_vendors = "/mine/pocl.icd";
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "unset it"));
    put("/mine/gpu.icd", "libnvidia-opencl.so.1\n");
    view.icd_vendors = "/mine/gpu.icd";
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "offers no device"));
    view.icd_vendors = "/mine";
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "offers no device"));
    view.icd_vendors = "libnvidia-opencl.so.1";
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "offers no device"));
    view.icd_vendors = "";
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "offers no device"));
}

Test(visible, nvidia_without_library)
{
    put("/dev/nvidia3", "");
    put("/.dockerenv", "");
    expect(
        "an NVIDIA GPU is visible (/dev/nvidia3) but not usable through OpenCL: libnvidia-opencl.so.1 is not in this "
        "container: start it with NVIDIA_DRIVER_CAPABILITIES=compute,utility");
    remove_root();
    make_root();
    put("/dev/nvidiactl", "");
    put("/etc/os-release", "NAME=x\nID=arch\n");
    expect("an NVIDIA GPU is visible (/dev/nvidiactl) but not usable through OpenCL: pacman -S opencl-nvidia");
}

Test(visible, by_maker_and_system)
{
    put_render_node("0x8086\n");
    put("/etc/os-release", "PRETTY_NAME=\"x\"\nID=ubuntu\nID_LIKE=debian\n");
    expect("an Intel GPU is visible (/dev/dri/renderD128) but not usable through OpenCL: apt install intel-opencl-icd");
    put("/etc/os-release", "ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n");
    expect("an Intel GPU is visible (/dev/dri/renderD128) but not usable through OpenCL: dnf install "
           "intel-compute-runtime");
    put("/sys/class/drm/renderD128/device/vendor", "0x1002\n");
    expect("an AMD GPU is visible (/dev/dri/renderD128) but not usable through OpenCL: dnf install rocm-opencl");
    put("/etc/OpenCL/vendors/rusticl.icd", "libRusticlOpenCL.so.1\n");
    expect("an AMD GPU is visible (/dev/dri/renderD128) but not usable through OpenCL: Mesa's rusticl is installed but "
           "not enabled: set RUSTICL_ENABLE=radeonsi");
    view.rusticl_enable = "radeonsi"; /* did not help */
    put("/etc/os-release", "ID=void\n");
    expect("an AMD GPU is visible (/dev/dri/renderD128) but not usable through OpenCL: install ROCm's OpenCL driver");
}

Test(visible, registered_by_full_path)
{
    put_render_node("0x8086\n");
    put("/opt/intel/libigdrcl.so", "");
    put("/etc/OpenCL/vendors/intel.icd", "/opt/intel/libigdrcl.so\n");
    expect("an Intel GPU is visible (/dev/dri/renderD128) but not usable through OpenCL: its driver "
           "/opt/intel/libigdrcl.so offers no device: its version must match the kernel driver's");
}

Test(visible, compute_node_and_wsl)
{
    put("/dev/dxg", "");
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "(/dev/dxg)"));
    put("/dev/kfd", "");
    cr_assert(visible_gpu_hint(&view, &list, text, sizeof text) && strstr(text, "an AMD GPU is visible (/dev/kfd)"));
}

Test(visible, node_of_another_group)
{
    const bool root_runs = geteuid() == 0;
    cr_assert_eq(chmod(put("/dev/nvidia0", ""), 0), 0);
    cr_assert(!root_runs || seteuid(65534) == 0); /* root may open everything */
    const bool has_hint = visible_gpu_hint(&view, &list, text, sizeof text);
    cr_assert(!root_runs || seteuid(0) == 0);
    cr_assert(has_hint);
    cr_assert_str_eq(text, NVIDIA_SEEN "this user may not open it: join the groups that own it (usermod -aG "
                                       "render,video USER)");
}

Test(visible, advice_without_platform)
{
    static const struct {
        const char *release, *expected;
    } cases[] = {
        {"ID=debian\n", "no OpenCL platform was found: install one for the CPU with: apt install pocl-opencl-icd"},
        {"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n",
         "no OpenCL platform was found: install one for the CPU with: apt install pocl-opencl-icd"},
        {"ID=fedora\n", "no OpenCL platform was found: install one for the CPU with: dnf install pocl"},
        {"ID=manjaro\nID_LIKE=arch\n", "no OpenCL platform was found: install one for the CPU with: pacman -S pocl"},
        {"HOME=debian\n", "no OpenCL platform was found: install one (for the CPU: the package of PoCL)"},
    };
    list = (struct device_list){0};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        put("/etc/os-release", cases[i].release);
        missing_device_advice(&view, &list, text, sizeof text);
        cr_expect_str_eq(text, cases[i].expected);
    }
    view.icd_vendors = "/mine";
    missing_device_advice(&view, &list, text, sizeof text);
    cr_assert_str_eq(text,
                     "no OpenCL platform was found: OCL_ICD_VENDORS=/mine names none: unset it, or install one (for "
                     "the CPU: the package of PoCL)");
}

Test(visible, advice_without_device)
{
    list = (struct device_list){.platforms = 2};
    missing_device_advice(&view, &list, text, sizeof text);
    cr_assert_str_eq(text, "no OpenCL device was found, only 2 platforms without one: install one (for the CPU: "
                           "the package of PoCL)");
    list.pocl_is_silent = true;
    missing_device_advice(&view, &list, text, sizeof text);
    cr_assert(strstr(text, "set POCL_CACHE_DIR"));
    put("/dev/nvidia0", "");
    missing_device_advice(&view, &list, text, sizeof text);
    cr_assert(strstr(text, "POCL_CACHE_DIR") && strstr(text, "; " NVIDIA_SEEN));
}
