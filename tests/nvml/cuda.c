/* Answers as libcuda.so.1 to who asks only which devices there are: those of the same file. */
#include "reader.h"

enum { SUCCESS = 0, INVALID_DEVICE = 101 };
enum { LONGEST = 96, BYTES = 16 };

int cuInit(unsigned int flags) {
    (void)flags;
    read_behaviour();
    return SUCCESS;
}

int cuDeviceGetCount(int *count) {
    char name[LONGEST];
    for (*count = 0; quoted_text("uuids", *count, name, LONGEST);) ++*count;
    return SUCCESS;
}

int cuDeviceGet(int *device, int index) {
    char name[LONGEST];
    if (!quoted_text("uuids", index, name, LONGEST)) return INVALID_DEVICE;
    *device = index;
    return SUCCESS;
}

int cuDeviceGetUuid_v2(unsigned char *into, int device) {
    char name[LONGEST];
    int place = 0;
    if (!quoted_text("uuids", device, name, LONGEST)) return INVALID_DEVICE;
    for (const char *at = name + 4; *at && place < BYTES;) {
        char pair[3] = {at[0], at[1], 0};
        if (*at == '-') { at++; continue; }
        into[place++] = (unsigned char)strtol(pair, NULL, 16);
        at += 2;
    }
    return SUCCESS;
}
