// SPDX-License-Identifier: GPL-2.0-only
// Images that the format's own tools wrote, each with a JSON list of everything in it. Their directory is in
// the environment variable FAMFS_REFERENCE_IMAGES (tests/run sets it); without it a test fails.
#pragma once

#include "base/fd.h"
#include "base/memory.h"
#include "base/text.h"
#include "daemon/media/format/layout.h"

#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

namespace famfs::test {

inline const std::vector<std::string> reference_images = {
    "add-daxdev", "empty", "mkfs-cli", "nested-dirs", "path80-truncated", "striped", "ten-files"};

/// An image, mapped read-only (4 to 16 GiB, nearly all of it holes: touch only what is needed), and its JSON.
struct ReferenceImage {
    nlohmann::json json;
    base::Memory memory;

    explicit ReferenceImage(const std::string &name) {
        const char *directory = std::getenv("FAMFS_REFERENCE_IMAGES");
        if (directory == nullptr)
            throw std::runtime_error("set FAMFS_REFERENCE_IMAGES to the directory with the reference images");
        const std::string path = std::string(directory) + "/" + name;
        std::ifstream file(path + ".json");
        if (!file)
            throw std::runtime_error("no " + path + ".json: is FAMFS_REFERENCE_IMAGES right?");
        json = nlohmann::json::parse(file);
        const base::Fd fd(::open((path + ".img").c_str(), O_RDONLY | O_CLOEXEC));
        auto mapped = base::Memory::map(fd.get(), json.at("device_size"), PROT_READ, path + ".img");
        if (!mapped)
            throw std::runtime_error(mapped.error().message());
        memory = std::move(*mapped);
    }

    [[nodiscard]] std::span<const std::byte> bytes() const { return memory.bytes(); }
};

inline base::Uuid uuid_from(const nlohmann::json &text) {
    return base::parse_uuid(text.get<std::string>()).value();
}

} // namespace famfs::test
