/* Reads the file that says how a stand-in behaves: one JSON object without nested objects. */
#ifndef STANDIN_READER_H
#define STANDIN_READER_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT = 1 << 16 };

static char text[TEXT];

/* Read the file that NVML_STANDIN names; nothing where there is none. */
static void read_behaviour(void) {
    const char *path = getenv("NVML_STANDIN");
    FILE *file = path ? fopen(path, "rb") : NULL;
    memset(text, 0, sizeof text);
    if (file) {
        if (fread(text, 1, TEXT - 1, file) == 0) text[0] = 0;
        fclose(file);
    }
}

static const char *after_key(const char *key) {
    char quoted[128];
    snprintf(quoted, sizeof quoted, "\"%s\"", key);
    const char *at = strstr(text, quoted);
    if (!at) return NULL;
    at += strlen(quoted);
    while (*at == ' ' || *at == ':') at++;
    return at;
}

static inline long long number(const char *key, long long otherwise) {
    const char *at = after_key(key);
    return at ? strtoll(at, NULL, 10) : otherwise;
}

/* Read a flat or nested list of numbers, brackets and all; return how many there are. */
static inline int numbers(const char *key, long long *into, int most) {
    const char *at = after_key(key);
    int depth = 0, count = 0;
    if (!at || *at != '[') return 0;
    for (; *at; at++) {
        if (*at == '[') depth++;
        else if (*at == ']') { if (--depth == 0) break; }
        else if ((*at == '-' || (*at >= '0' && *at <= '9')) && count < most) {
            char *end;
            into[count++] = strtoll(at, &end, 10);
            at = end - 1;
        }
    }
    return count;
}

/* Copy one text of a list of texts; return whether there is one at that place. */
static int quoted_text(const char *key, int place, char *into, int size) {
    const char *at = after_key(key);
    if (!at || *at != '[') return 0;
    for (; *at && *at != ']'; at++) {
        if (*at != '"') continue;
        const char *end = strchr(++at, '"');
        if (place-- == 0) {
            snprintf(into, size, "%.*s", (int)(end - at), at);
            return 1;
        }
        at = end;
    }
    return 0;
}

#endif
