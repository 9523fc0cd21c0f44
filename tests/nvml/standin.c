/* Answers as libnvidia-ml.so.1, from the JSON file that NVML_STANDIN names.
 *
 * The file is one object without nested objects; it is read again at every first initialisation.
 * Keys: see `Behaviour` in behaviour.py. A key that is the name of a function is the status that
 * this function gives, or -1 for one that never returns. Time is the monotonic clock, or
 * `standin_now_ns` where somebody set it.
 */
#define _GNU_SOURCE
#include <stdint.h>
#include <time.h>
#include <unistd.h>
#include "reader.h"
#include "structs.h"

enum {
    SUCCESS = 0, UNINITIALIZED = 1, INVALID = 2, NOT_SUPPORTED = 3, NOT_FOUND = 6,
    INSUFFICIENT_SIZE = 7, LOST = 15, HANGS = -1
};
enum { MOST = 16 };

int64_t standin_now_ns = 0;

static int users = 0;
static int boards[MOST];

static int64_t now_ns(void) {
    struct timespec now;
    if (standin_now_ns) return standin_now_ns;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static int gate(const char *name) {
    long long status = number(name, SUCCESS);
    long long lost_ns = number("lost_at_ns", 0);
    while (status == HANGS) pause();
    if (!users && strncmp(name, "nvmlInit", 8)) return UNINITIALIZED;
    if (!status && lost_ns && now_ns() >= lost_ns && !strncmp(name, "nvmlDevice", 10)) return LOST;
    return (int)status;
}

#define GATE() do { int status = gate(__func__); if (status) return status; } while (0)

/* What the trace has spent from its start until a moment, in mW times ns. */
static __int128 spent(int64_t at_ns) {
    long long levels[512];
    int count = numbers("levels", levels, 512);
    int64_t cycle_ns = 0, left = at_ns - number("start_ns", 0);
    __int128 cycle = 0, sum = 0;
    for (int i = 0; i + 1 < count; i += 2) {
        cycle_ns += levels[i];
        cycle += (__int128)levels[i] * levels[i + 1];
    }
    if (left <= 0 || !cycle_ns) return 0;
    sum = cycle * (left / cycle_ns);
    left %= cycle_ns;
    for (int i = 0; i + 1 < count && left > 0; i += 2) {
        int64_t part = left < levels[i] ? left : levels[i];
        sum += (__int128)part * levels[i + 1];
        left -= part;
    }
    return sum;
}

static int64_t step_ns(int64_t at_ns) {
    int64_t period = number("period_ns", 1000000), phase = number("phase_ns", 0);
    return (at_ns - phase) / period * period + phase;
}

static unsigned int power_mw(void) {
    int64_t period = number("period_ns", 1000000), step = step_ns(now_ns());
    int64_t mean = (int64_t)((spent(step) - spent(step - period)) / period);
    int64_t dither = number("dither_mw", 0) * (step / period % 2 ? 1 : -1);
    return (unsigned int)((mean + dither) * number("power_gain_permille", 1000) / 1000);
}

nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
    (void)flags;
    if (!users) read_behaviour();
    GATE();
    users++;
    return SUCCESS;
}

nvmlReturn_t nvmlShutdown(void) {
    GATE();
    users--;
    return SUCCESS;
}

const char *nvmlErrorString(nvmlReturn_t status) {
    (void)status;
    return "a status of the stand-in";
}

nvmlReturn_t nvmlSystemGetDriverVersion(char *into, unsigned int size) {
    GATE();
    snprintf(into, size, "999.1");
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCount_v2(unsigned int *count) {
    char name[96];
    GATE();
    for (*count = 0; *count < MOST && quoted_text("uuids", (int)*count, name, 96);) ++*count;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetHandleByIndex_v2(unsigned int index, nvmlDevice_t *device) {
    char name[96];
    GATE();
    if (index >= MOST || !quoted_text("uuids", (int)index, name, 96)) return INVALID;
    *device = &boards[index];
    return SUCCESS;
}

static int place_of(nvmlDevice_t device) { return (int)((int *)device - boards); }

nvmlReturn_t nvmlDeviceGetHandleByUUID(const char *uuid, nvmlDevice_t *device) {
    char name[96];
    GATE();
    for (int place = 0; place < MOST && quoted_text("uuids", place, name, 96); place++) {
        if (!strcmp(name, uuid)) {
            *device = &boards[place];
            return SUCCESS;
        }
    }
    return NOT_FOUND;
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char *into, unsigned int size) {
    GATE();
    return quoted_text("uuids", place_of(device), into, (int)size) ? SUCCESS : INVALID;
}

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char *into, unsigned int size) {
    GATE();
    (void)device;
    snprintf(into, size, "Stand-in");
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTotalEnergyConsumption(nvmlDevice_t device, unsigned long long *mj) {
    int64_t step = step_ns(now_ns()), reset = number("reset_at_ns", 0);
    GATE();
    (void)device;
    __int128 sum = spent(step) - (reset && step >= reset ? spent(reset) : 0);
    *mj = (unsigned long long)(sum / 1000000000) + number("counted_before_mj", 0) * !(reset && step >= reset);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetPowerUsage(nvmlDevice_t device, unsigned int *mw) {
    GATE();
    (void)device;
    *mw = power_mw();
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetEnforcedPowerLimit(nvmlDevice_t device, unsigned int *mw) {
    GATE();
    (void)device;
    *mw = (unsigned int)number("limit_mw", 700000);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetPowerManagementLimit(nvmlDevice_t device, unsigned int *mw) {
    GATE();
    return nvmlDeviceGetEnforcedPowerLimit(device, mw);
}

/* How long a reason has held clocks back: so many thousandths of the time since the start. */
static unsigned long long throttled_ns(int place) {
    long long shares[4] = {0, 0, 0, 0};
    numbers("throttled_permille", shares, 4);
    int64_t passed = now_ns() - number("start_ns", 0);
    return (unsigned long long)(passed > 0 ? passed / 1000 * shares[place] : 0);
}

static void fill(nvmlFieldValue_t *field) {
    static const unsigned int ids[4] = {74, 269, 270, 271};
    char name[32];
    snprintf(name, sizeof name, "field_%u", field->fieldId);
    field->nvmlReturn = (nvmlReturn_t)number(name, SUCCESS);
    if (field->nvmlReturn) return;
    if (field->fieldId == 186) {
        field->valueType = 1;
        field->value.uiVal = power_mw();
        return;
    }
    field->valueType = 3;
    for (int place = 0; place < 4; place++) {
        if (ids[place] == field->fieldId) {
            field->value.ullVal = throttled_ns(place);
            return;
        }
    }
    field->nvmlReturn = NOT_SUPPORTED;
}

nvmlReturn_t nvmlDeviceGetFieldValues(nvmlDevice_t device, int count, nvmlFieldValue_t *fields) {
    GATE();
    (void)device;
    for (int place = 0; place < count; place++) fill(&fields[place]);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetClockInfo(nvmlDevice_t device, unsigned int kind, unsigned int *mhz) {
    GATE();
    (void)device;
    *mhz = (unsigned int)number(kind == 2 ? "memory_clock_mhz" : "sm_clock_mhz", 1000);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetTemperature(nvmlDevice_t device, unsigned int kind, unsigned int *found) {
    GATE();
    (void)device, (void)kind;
    *found = (unsigned int)number("temperature_c", 50);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCurrentClocksEventReasons(nvmlDevice_t device, unsigned long long *bits) {
    GATE();
    (void)device;
    *bits = (unsigned long long)number("reasons", 0);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetCurrentClocksThrottleReasons(
    nvmlDevice_t device, unsigned long long *bits) {
    GATE();
    (void)device;
    *bits = (unsigned long long)number("reasons", 0);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMigMode(nvmlDevice_t device, unsigned int *now, unsigned int *pending) {
    GATE();
    (void)device;
    *now = *pending = (unsigned int)number("mig", 0);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceIsMigDeviceHandle(nvmlDevice_t device, unsigned int *is) {
    char name[96] = "";
    GATE();
    quoted_text("uuids", place_of(device), name, 96);
    *is = !strncmp(name, "MIG", 3);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device, unsigned int *mode) {
    GATE();
    (void)device;
    *mode = (unsigned int)number("virtualization", 0);
    return SUCCESS;
}

static int processes(nvmlProcessInfo_v2_t *into) {
    long long pids[MOST];
    int count = numbers("pids", pids, MOST - 1), late = 0;
    if (number("pids_from_ns", 0) > now_ns()) count = 0;
    for (int place = 0; place < count; place++) into[place].pid = (unsigned int)pids[place];
    if (number("own_from_ns", INT64_MAX) <= now_ns()) {
        into[count].pid = (unsigned int)(getpid() + number("own_pid_offset", 0));
        late = 1;
    }
    for (int place = 0; place < count + late; place++) {
        into[place].usedGpuMemory = number("used_by_process", 0) < 0
            ? ~0ULL : (unsigned long long)number("used_by_process", 1 << 20);
        into[place].gpuInstanceId = into[place].computeInstanceId = 0xFFFFFFFF;
    }
    return count + late;
}

static nvmlReturn_t listed(unsigned int *count, nvmlProcessInfo_v2_t *into) {
    nvmlProcessInfo_v2_t found[MOST];
    memset(found, 0, sizeof found);
    int there = processes(found);
    unsigned int room = *count;
    *count = (unsigned int)there;
    if (there && (!into || room < (unsigned int)there)) return INSUFFICIENT_SIZE;
    memcpy(into ? into : found, found, sizeof found[0] * (size_t)there);
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v3(
    nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_v2_t *into) {
    GATE();
    (void)device;
    return listed(count, into);
}

nvmlReturn_t nvmlDeviceGetComputeRunningProcesses_v2(
    nvmlDevice_t device, unsigned int *count, nvmlProcessInfo_v2_t *into) {
    GATE();
    (void)device;
    return listed(count, into);
}

nvmlReturn_t nvmlDeviceGetMemoryInfo(nvmlDevice_t device, nvmlMemory_t *into) {
    GATE();
    (void)device;
    into->total = (unsigned long long)number("memory_total", 8LL << 30);
    into->used = (unsigned long long)number("memory_used", 1LL << 30);
    into->free = into->total - into->used;
    return SUCCESS;
}

nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(nvmlDevice_t device, nvmlMemory_v2_t *into) {
    GATE();
    (void)device;
    into->total = (unsigned long long)number("memory_total", 8LL << 30);
    into->reserved = (unsigned long long)number("memory_reserved", 1LL << 28);
    into->used = (unsigned long long)number("memory_used", 1LL << 30);
    into->free = into->total - into->used - into->reserved;
    return SUCCESS;
}
