// Preloaded into an agent by a test (SuspendClock.cs): CLOCK_BOOTTIME is ahead by the nanoseconds that stand in the file $SUSPEND_CLOCK, as after a suspend of the machine, which
// CLOCK_MONOTONIC does not show. Every other clock is as it is.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

typedef void *dlsym_t(void *, const char *);
typedef int clock_gettime_t(clockid_t, struct timespec *);

static dlsym_t *real_dlsym;
static clock_gettime_t *real_clock_gettime;
static const volatile int64_t *ahead;

// dlvsym is not interposed, so it finds the real one. The version is that of the first C library of this architecture, and of glibc 2.34.
static dlsym_t *find_dlsym(void)
{
    static const char *const versions[] = {"GLIBC_2.2.5", "GLIBC_2.17", "GLIBC_2.34"};
    if (real_dlsym == NULL)
        for (size_t i = 0; i < sizeof versions / sizeof *versions && real_dlsym == NULL; i++)
            real_dlsym = (dlsym_t *)dlvsym(RTLD_NEXT, "dlsym", versions[i]);
    return real_dlsym;
}

__attribute__((constructor)) static void begin(void)
{
    real_clock_gettime = (clock_gettime_t *)find_dlsym()(RTLD_NEXT, "clock_gettime");
    const char *name = getenv("SUSPEND_CLOCK");
    int file = name == NULL ? -1 : open(name, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    void *there = mmap(NULL, sizeof *ahead, PROT_READ, MAP_SHARED, file, 0);
    if (there != MAP_FAILED)
        ahead = there;
    close(file);
}

int clock_gettime(clockid_t clock, struct timespec *time)
{
    if (real_clock_gettime == NULL)
        begin();
    int result = real_clock_gettime(clock, time);
    if (result == 0 && clock == CLOCK_BOOTTIME && ahead != NULL) {
        int64_t sum = time->tv_nsec + *ahead % 1000000000;
        time->tv_sec += *ahead / 1000000000 + sum / 1000000000;
        time->tv_nsec = sum % 1000000000;
    }
    return result;
}

// The agent finds the function by a handle of the C library, not by its name alone.
void *dlsym(void *handle, const char *name)
{
    return strcmp(name, "clock_gettime") == 0 ? (void *)clock_gettime : find_dlsym()(handle, name);
}
