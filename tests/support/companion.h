// SPDX-License-Identifier: GPL-2.0-only
// A BPF object of a test that looks into the maps of a loaded session: it has the same maps by name.
#pragma once

#include "base/fd.h"
#include "loader/libbpf_log.h"
#include "loader/session.h"

#include <array>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <sys/mman.h>

namespace famfs::test {

/// Keep it as long as the session: libbpf unmaps an arena that it has mapped at the session's address.
class Companion {
public:
    /// Takes the maps from the pins of @name. Throws if a step fails.
    Companion(std::span<const char> image, const std::string &name)
        : object_(bpf_object__open_mem(image.data(), image.size(), nullptr)) {
        require(object_ != nullptr, "open the object");
        bpf_map *map = nullptr;
        bpf_object__for_each_map(map, object_.get()) {
            const base::Fd pinned(
                bpf_obj_get((loader::pin_directory(name) + "/maps/" + bpf_map__name(map)).c_str()));
            if (pinned)
                require(bpf_map__reuse_fd(map, pinned.get()) == 0, bpf_map__name(map));
        }
        const loader::LibbpfLog log;
        const bool loaded = bpf_object__load(object_.get()) == 0;
        require(loaded, ("load the object: " + log.tail()).c_str());
    }

    /// Runs a program of type "syscall" with @arguments as its context.
    template <class Arguments>
    void run(const char *program, Arguments &arguments) const {
        LIBBPF_OPTS(bpf_test_run_opts, options, .ctx_in = &arguments, .ctx_size_in = sizeof(arguments));
        const int fd = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), program));
        require(bpf_prog_test_run_opts(fd, &options) == 0 && options.retval == 0, program);
    }

    /// Starts a program of type "tc" so many times.
    void repeat(const char *program, std::uint32_t times) const {
        const std::array<char, 64> packet{};
        LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = packet.data(), .data_size_in = packet.size(),
                    .repeat = static_cast<int>(times));
        const int fd = bpf_program__fd(bpf_object__find_program_by_name(object_.get(), program));
        require(bpf_prog_test_run_opts(fd, &options) == 0 && options.retval == 0, program);
    }

    /// The value of a one-element array map that may be mapped, for the life of the process.
    template <class Value>
    Value &map_value(const char *name) const {
        const int fd = bpf_object__find_map_fd_by_name(object_.get(), name);
        void *memory = ::mmap(nullptr, sizeof(Value), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
        require(memory != MAP_FAILED, name);
        return *static_cast<Value *>(memory);
    }

private:
    struct Close {
        void operator()(bpf_object *object) const { bpf_object__close(object); }
    };
    static void require(bool done, const char *what) {
        if (!done)
            throw std::runtime_error(std::string("companion: cannot ") + what);
    }

    std::unique_ptr<bpf_object, Close> object_;
};

} // namespace famfs::test
