// SPDX-License-Identifier: GPL-2.0-only
// A FUSE server that has nothing to do with famfs: one file that is several dax devices, one after the other
// or striped. Its BPF program answers every fault, read and write; the server is asked for the name only.
#include "bpf/hook.h"
#include "tests/concatenation/command_line.h"
#include "tests/concatenation/served_file.h"

#include <algorithm>
#include <bpf/libbpf.h>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <expected>
#include <fcntl.h>
#include <fstream>
#include <memory>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

extern "C" const char concatenation_bpf_start[], concatenation_bpf_end[];

namespace concatenation {
namespace {

template <class T>
using Expected = std::expected<T, std::string>;

struct Release {
    void operator()(bpf_object *object) const { bpf_object__close(object); }
    void operator()(bpf_link *link) const { bpf_link__destroy(link); }
    void operator()(fuse_session *session) const {
        fuse_session_unmount(session); // nothing, if it is not mounted
        fuse_session_destroy(session);
    }
};
template <class T>
using Owned = std::unique_ptr<T, Release>;

struct Program {
    Owned<bpf_object> object;
    Owned<bpf_link> link;
};

std::unexpected<std::string> failed(const std::string &what, const std::string &hint = {}) {
    const std::string reason = std::strerror(errno);
    return std::unexpected(what + ": " + reason + (hint.empty() ? "" : " (" + hint + ")"));
}

const char *device_hint(int error) {
    switch (error) {
    case EBUSY:
        return "in use, or named twice";
    case EOPNOTSUPP:
        return "give it to fsdev_dax first: kernel/dax-bind DEVICE fsdev";
    case ENOTTY:
        return "this kernel's FUSE has no iomap hook";
    case EPERM:
        return "needs CAP_SYS_RAWIO";
    default:
        return "";
    }
}

std::uint64_t device_length(int device) {
    struct stat status{};
    std::uint64_t length = 0;
    if (::fstat(device, &status) == 0 && S_ISCHR(status.st_mode))
        std::ifstream("/sys/dev/char/" + std::to_string(major(status.st_rdev)) + ":" +
                      std::to_string(minor(status.st_rdev)) + "/size") >>
            length;
    return length;
}

Expected<concatenation_device> hand_over(int fuse_fd, const std::string &path) {
    const int device = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    if (device < 0)
        return failed("open " + path);
    const fuse_iomap_device request = {.fd = device, .flags = 0, .length = device_length(device)};
    const int cookie = request.length == 0 ? 0 : ::ioctl(fuse_fd, FUSE_DEV_IOC_IOMAP_DEVICE, &request);
    const int error = errno;
    ::close(device); // the connection keeps what it needs
    errno = error;
    if (cookie == 0)
        return std::unexpected(path + " is no dax device");
    if (cookie < 0)
        return failed("hand over " + path, device_hint(error));
    return concatenation_device{.length = request.length, .cookie = static_cast<__u32>(cookie), .padding = 0};
}

/// Stripes end where the smallest device has no whole chunk any more.
Expected<std::uint64_t> size_of(const concatenation_layout &layout) {
    std::uint64_t sum = 0;
    std::uint64_t smallest = UINT64_MAX;
    for (__u32 i = 0; i < layout.devices; i++) {
        sum += layout.device[i].length;
        smallest = std::min<std::uint64_t>(smallest, layout.device[i].length);
    }
    if (layout.chunk > smallest)
        return std::unexpected("a chunk is larger than the smallest device, which has " +
                               std::to_string(smallest) + " bytes");
    return layout.chunk == 0 ? sum : smallest / layout.chunk * layout.chunk * layout.devices;
}

Expected<concatenation_layout> lay_out(int fuse_fd, const Options &options) {
    concatenation_layout layout{};
    layout.chunk = options.chunk;
    for (const std::string &path : options.devices) {
        const auto device = hand_over(fuse_fd, path);
        if (!device)
            return std::unexpected(device.error());
        layout.device[layout.devices++] = *device;
    }
    const auto size = size_of(layout);
    if (!size)
        return std::unexpected(size.error());
    layout.size = *size;
    return layout;
}

/// What is in the map is there before the first question.
Expected<Program> attach(const ServedFile &file, const std::string &pin) {
    Program program;
    program.object.reset(bpf_object__open_mem(
        concatenation_bpf_start, static_cast<std::size_t>(concatenation_bpf_end - concatenation_bpf_start),
        nullptr));
    if (!program.object)
        return failed("open the BPF program");
    bpf_map *ops = bpf_object__find_map_by_name(program.object.get(), "ops");
    std::size_t bytes = 0;
    static_cast<fuse_iomap_bpf_ops *>(bpf_map__initial_value(ops, &bytes))->fuse_fd = file.fuse_fd;
    if (bpf_object__load(program.object.get()) != 0)
        return failed("load the BPF program", "libbpf says why");
    const __u32 only = 0;
    const bpf_map *map = bpf_object__find_map_by_name(program.object.get(), "layout");
    if (bpf_map__update_elem(map, &only, sizeof(only), &file.layout, sizeof(file.layout), BPF_ANY) != 0)
        return failed("write the layout");
    program.link.reset(bpf_map__attach_struct_ops(ops));
    if (!program.link)
        return failed("attach the BPF program");
    if (!pin.empty() && bpf_link__pin(program.link.get(), pin.c_str()) != 0)
        return failed("pin the BPF program as " + pin);
    return program;
}

Expected<void> serve(const Options &options) {
    char name[] = "concatenation", option[] = "-o", values[] = "default_permissions,fsname=concatenation";
    char *words[] = {name, option, values};
    fuse_args arguments = FUSE_ARGS_INIT(3, words);
    ServedFile file{};
    const Owned<fuse_session> session(
        fuse_session_new(&arguments, &operations(), sizeof(fuse_lowlevel_ops), &file));
    fuse_opt_free_args(&arguments);
    if (!session || fuse_session_mount(session.get(), options.mountpoint.c_str()) != 0)
        return std::unexpected("cannot mount on " + options.mountpoint + "; libfuse says why");
    file.fuse_fd = fuse_session_fd(session.get());
    const auto layout = lay_out(file.fuse_fd, options);
    if (!layout)
        return std::unexpected(layout.error());
    file.layout = *layout;
    const auto program = attach(file, options.pin);
    if (!program)
        return std::unexpected(program.error());
    if (fuse_set_signal_handlers(session.get()) != 0 || fuse_daemonize(0) != 0)
        return failed("go to the background");
    fuse_session_loop(session.get());
    fuse_remove_signal_handlers(session.get());
    if (!options.pin.empty())
        bpf_link__unpin(program->link.get());
    return {};
}

} // namespace
} // namespace concatenation

int main(int count, char **words) {
    const concatenation::CommandLine line = concatenation::parse_command_line(count, words);
    if (!line.options)
        return line.exit_code;
    if (const auto done = concatenation::serve(*line.options); !done) {
        std::fprintf(stderr, "concatenation: %s\n", done.error().c_str());
        return 1;
    }
    return 0;
}
