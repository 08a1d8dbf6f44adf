#include "dataset/link.h"
#include "api/handles.h"

enum plotmill_status plotmill_link(plotmill *pm, const char *path, int force, struct plotmill_link_summary *summary)
{
    struct plotmill_link_summary made = {0};
    forget_message(pm);
    enum plotmill_status status = link_files(path, force, &made, &pm->error);
    if (summary)
        *summary = made;
    return status;
}
