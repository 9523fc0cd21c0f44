/* Prints size and offsets of the structures as JSON: ours, or with -DREAL those of NVIDIA's header. */
#include <stddef.h>
#include <stdio.h>
#ifdef REAL
#include <nvml.h>
#else
#include "structs.h"
#endif

#define SIZE(kind) printf("%s\"" #kind "\": %zu", comma(), sizeof(kind))
#define PLACE(kind, member) \
    printf("%s\"" #kind "." #member "\": %zu", comma(), offsetof(kind, member))

static const char *comma(void) {
    static int begun = 0;
    return begun++ ? ", " : "";
}

int main(void) {
    printf("{");
    SIZE(nvmlReturn_t);
    SIZE(nvmlValueType_t);
    SIZE(nvmlValue_t);
    SIZE(nvmlFieldValue_t);
    PLACE(nvmlFieldValue_t, fieldId);
    PLACE(nvmlFieldValue_t, scopeId);
    PLACE(nvmlFieldValue_t, timestamp);
    PLACE(nvmlFieldValue_t, latencyUsec);
    PLACE(nvmlFieldValue_t, valueType);
    PLACE(nvmlFieldValue_t, nvmlReturn);
    PLACE(nvmlFieldValue_t, value);
    SIZE(nvmlMemory_t);
    PLACE(nvmlMemory_t, total);
    PLACE(nvmlMemory_t, free);
    PLACE(nvmlMemory_t, used);
    SIZE(nvmlMemory_v2_t);
    PLACE(nvmlMemory_v2_t, version);
    PLACE(nvmlMemory_v2_t, total);
    PLACE(nvmlMemory_v2_t, reserved);
    PLACE(nvmlMemory_v2_t, free);
    PLACE(nvmlMemory_v2_t, used);
    SIZE(nvmlProcessInfo_v2_t);
    PLACE(nvmlProcessInfo_v2_t, pid);
    PLACE(nvmlProcessInfo_v2_t, usedGpuMemory);
    PLACE(nvmlProcessInfo_v2_t, gpuInstanceId);
    PLACE(nvmlProcessInfo_v2_t, computeInstanceId);
    printf("}\n");
    return 0;
}
