// SPDX-License-Identifier: GPL-2.0-only
// Why nothing of a device can be served.
#pragma once

namespace famfs::media {

/// 0, or the errno that refuses the whole file system: EMEDIUMTYPE (no famfs here), ENOTSUP (a version we do
/// not know), EUCLEAN (broken).
using Refusal = int;

} // namespace famfs::media
