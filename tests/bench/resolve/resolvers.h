// SPDX-License-Identifier: GPL-2.0-only
// Who can be asked in a loop.
#pragma once

#include "loader/session.h"
#include "tests/bench/resolve/arguments.h"
#include "tests/bench/resolve/chain.h"
#include "tests/support/companion.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace famfs::bench {

/// A loop that runs and says how many nanoseconds it took.
struct Loop {
    std::string resolver;
    bool empty = false; ///< asks nobody: what the others have in common with it
    std::function<std::uint64_t(loop_arguments &)> run;
};

/// A loaded session with files in it, and the loops of a BPF program around it. Throws what does not work.
class BpfResolver {
public:
    BpfResolver(loader::Backend backend, std::uint64_t files);
    ~BpfResolver();
    BpfResolver(const BpfResolver &) = delete;
    BpfResolver &operator=(const BpfResolver &) = delete;

    /// @files of the shape of @sample, each at an address of its own. Returns the seconds that publish()
    /// took.
    double publish(std::uint64_t files, const base::FileMap &sample);
    [[nodiscard]] std::vector<Loop> loops() const;
    /// What the kernel has for the map of files, by its own account.
    [[nodiscard]] std::uint64_t kernel_bytes() const;

private:
    [[nodiscard]] std::uint64_t run_begin(loop_arguments &loop) const;

    loader::Backend backend_;
    std::unique_ptr<loader::Session> session_;
    std::unique_ptr<test::Companion> companion_;
};

/// The pointer chain, and the empty loop in native code.
std::vector<Loop> native_loops(const Chain &chain);

} // namespace famfs::bench
