/* Which drivers are opened beside OpenCL's loader, and instead of it. */
#include <criterion/criterion.h>

#include "device/driver_paths.h"
#include "system_fixture.h"

static struct system_view view;
static struct driver_paths found;

static void begin(void)
{
    make_system("driver-paths");
    view = (struct system_view){.root = root, .virtual_env = "/venv"};
}

TestSuite(driver_paths, .init = begin, .fini = remove_system);

/* "PATH (ORIGIN)" of each in order, separated by "; ". */
static void expect(bool loader, const char *expected)
{
    char text[4000] = "";
    driver_paths_find(&view, loader, &found);
    for (size_t i = 0; i < found.count; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s (%s)", i ? "; " : "", found.paths[i].path,
                 found.paths[i].origin);
    cr_assert_str_eq(text, expected);
}

/* Its .icd files name the folder where the package was built. */
static void put_intel(void)
{
    put("/venv/etc/OpenCL/vendors/intel-cpu.icd", "/opt/placeholder/lib/libintelocl.so\n");
    put("/venv/etc/OpenCL/vendors/intel-fpga_emu.icd", "/opt/placeholder/lib/libintelocl_emu.so\n");
    put("/venv/lib/libintelocl.so", "");
}

Test(driver_paths, of_a_virtual_environment)
{
    expect(true, "");
    put_intel();
    expect(true, "/venv/lib/libintelocl.so (VIRTUAL_ENV)");
    view.conda_prefix = "/venv";
    expect(true, "/venv/lib/libintelocl.so (VIRTUAL_ENV)");
    view.virtual_env = NULL;
    expect(true, "/venv/lib/libintelocl.so (CONDA_PREFIX)");
    view.conda_prefix = "";
    expect(true, "");
    view.conda_prefix = "venv"; /* not a full path */
    expect(true, "");
}

Test(driver_paths, of_a_list)
{
    view.drivers = "/venv/lib/libintelocl.so::/opt/libmine.so.2:/opt/libmine.so.2";
    put("/opt/libmine.so.2", "");
    put_intel(); /* once, though the environment has it as well */
    expect(true, "/venv/lib/libintelocl.so (PLOTMILL_OPENCL_DRIVERS); /opt/libmine.so.2 (PLOTMILL_OPENCL_DRIVERS)");
    view.drivers = "/venv/lib/libintelocl.so:libgone.so"; /* opening it will say that it is not there */
    expect(true, "/venv/lib/libintelocl.so (PLOTMILL_OPENCL_DRIVERS); libgone.so (PLOTMILL_OPENCL_DRIVERS)");
    view.drivers = "/venv/lib/libintelocl.so:/opt/libmine.so.2";
    put("/etc/OpenCL/vendors/mine.icd", "libmine.so.1\n"); /* two in one process may clash */
    expect(true, "/venv/lib/libintelocl.so (PLOTMILL_OPENCL_DRIVERS)");
    view.icd_vendors = "/etc/OpenCL/vendors"; /* names all drivers */
    expect(true, "");
}

Test(driver_paths, of_pyopencl)
{
    put("/venv/lib/python3.11/site-packages/pyopencl/.libs/pocl.icd", "libpocl-21062cec.so\n");
    expect(true, "");
    put("/venv/lib/python3.11/site-packages/pyopencl/.libs/libpocl-21062cec.so", "");
    expect(true, "/venv/lib/python3.11/site-packages/pyopencl/.libs/libpocl-21062cec.so (VIRTUAL_ENV)");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2.10.0\n"); /* two in one process may clash */
    expect(true, "");
}

Test(driver_paths, of_conda)
{
    view.virtual_env = NULL;
    view.conda_prefix = "/conda";
    put("/conda/etc/OpenCL/vendors/pocl.icd", "/conda/lib/libpocl.so.2.13.0\n");
    expect(true, "");
    put("/conda/lib/libpocl.so.2.13.0", "");
    expect(true, "/conda/lib/libpocl.so.2.13.0 (CONDA_PREFIX)");
}

Test(driver_paths, registered_drivers_are_the_loaders)
{
    put_intel();
    put("/etc/OpenCL/vendors/mine.icd", "/opt/intel/lib/libintelocl.so\n");
    put("/etc/OpenCL/vendors/pocl.icd", "libpocl.so.2\n");
    put("/etc/OpenCL/vendors/old.icd.bak", "libold.so\n");
    put("/etc/OpenCL/vendors/empty.icd", "");
    expect(true, "");
    driver_paths_find(&view, false, &found);
    cr_assert_eq(found.count, 2);
    for (int i = 0; i < 2; i++)
        cr_assert_str_eq(found.paths[i].origin, "/etc/OpenCL/vendors");
}

Test(driver_paths, of_a_gpu_without_an_icd_file)
{
    put("/usr/lib64-nvidia/libnvidia-opencl.so.1", "");
    expect(true, "/usr/lib64-nvidia/libnvidia-opencl.so.1 (not registered in /etc/OpenCL/vendors)");
    put("/etc/OpenCL/vendors/nvidia.icd", "libnvidia-opencl.so.1\n");
    expect(true, "");
    expect(false, "libnvidia-opencl.so.1 (/etc/OpenCL/vendors)");
}

Test(driver_paths, of_the_cpu_where_there_is_no_other)
{
    put("/usr/lib/x86_64-linux-gnu/libpocl.so.2", "");
    expect(true, "");
    expect(false, "/usr/lib/x86_64-linux-gnu/libpocl.so.2 (not registered in /etc/OpenCL/vendors)");
    put_intel();
    expect(false, "/venv/lib/libintelocl.so (VIRTUAL_ENV)");
}

Test(driver_paths, ocl_icd_vendors_names_all_that_are_wanted)
{
    put_intel();
    put("/usr/lib64-nvidia/libnvidia-opencl.so.1", "");
    put("/mine/a.icd", "liba.so\n");
    view.icd_vendors = "/mine";
    expect(true, "");
    expect(false, "liba.so (OCL_ICD_VENDORS)");
    view.icd_vendors = "/mine/a.icd";
    expect(false, "liba.so (OCL_ICD_VENDORS)");
    view.icd_vendors = "/opt/libb.so.1";
    expect(false, "/opt/libb.so.1 (OCL_ICD_VENDORS)");
    view.icd_vendors = "/nowhere";
    expect(false, "");
}
