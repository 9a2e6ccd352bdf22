/* Writes below one folder fail as told: preloaded into a process that lands, armed after its fork. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

enum { COUNT, KILL, TORN, FULL, STOP, NO_SYNC };

static atomic_int writes, syncs;
static int at, mode;
static _Thread_local int is_torn;
static char folder[4096];

void fault_arm(int wanted_at, int wanted_mode, const char *wanted_folder) {
    at = wanted_at;
    mode = wanted_mode;
    strncpy(folder, wanted_folder, sizeof folder - 1);
}

int fault_writes(void) { return writes; }
int fault_syncs(void) { return syncs; }

static int is_ours(int file) {
    char link[64], path[4096];
    if (!folder[0]) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return strncmp(path, folder, strlen(folder)) == 0;
}

/* How many bytes may be written; -1: none, the disk is full. */
static ssize_t allowed(int file, size_t size) {
    if (!size || !is_ours(file)) return size;
    int number = writes++;
    if (mode == FULL && number >= at) {
        errno = ENOSPC;
        return -1;
    }
    if (number != at) return size;
    if (mode == KILL) kill(getpid(), SIGKILL);
    if (mode == STOP) kill(getpid(), SIGSTOP);
    is_torn = mode == TORN;
    return is_torn ? (ssize_t)(size / 2) : (ssize_t)size;
}

static ssize_t torn(ssize_t done) {
    if (is_torn) kill(getpid(), SIGKILL);
    return done;
}

#define REAL(name, ...) ((ssize_t (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name))

ssize_t write(int file, const void *from, size_t size) {
    ssize_t may = allowed(file, size);
    return may < 0 ? -1 : torn(REAL("write", int, const void *, size_t)(file, from, may));
}

ssize_t pwrite(int file, const void *from, size_t size, off_t where) {
    ssize_t may = allowed(file, size);
    if (may < 0) return -1;
    return torn(REAL("pwrite", int, const void *, size_t, off_t)(file, from, may, where));
}

ssize_t pwrite64(int file, const void *from, size_t size, off64_t where) {
    ssize_t may = allowed(file, size);
    if (may < 0) return -1;
    return torn(REAL("pwrite64", int, const void *, size_t, off64_t)(file, from, may, where));
}

static int sync_fails(int file) {
    if (!is_ours(file)) return 0;
    int number = syncs++;
    if (mode != NO_SYNC || number != at) return 0;
    errno = EIO;
    return 1;
}

int fsync(int file) {
    return sync_fails(file) ? -1 : (int)REAL("fsync", int)(file);
}

int fdatasync(int file) {
    return sync_fails(file) ? -1 : (int)REAL("fdatasync", int)(file);
}
