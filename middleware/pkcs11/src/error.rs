//! The one error of this crate: each variant is a return value of PKCS#11.

use cryptoki_sys as ck;
use cryptoki_sys::CK_RV;

/// Makes the enum, its return values and their names from one list.
macro_rules! errors {
    ($($(#[$doc:meta])+ $variant:ident = $code:ident,)+) => {
        /// Why a function failed, named as PKCS#11 2.40 (OASIS "Base Specification", 5.1) names it.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
        #[non_exhaustive]
        pub enum Error {
            $($(#[$doc])+ #[error("{}", stringify!($code))] $variant,)+
        }

        impl Error {
            /// The return value.
            #[must_use]
            pub const fn code(self) -> CK_RV {
                match self {
                    $(Self::$variant => ck::$code,)+
                }
            }

            /// The name of the return value, such as `CKR_PIN_INCORRECT`.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => stringify!($code),)+
                }
            }
        }
    };
}

errors! {
    /// The object does not let itself be copied, changed or destroyed.
    ActionProhibited = CKR_ACTION_PROHIBITED,
    /// A pointer or a number makes no sense.
    ArgumentsBad = CKR_ARGUMENTS_BAD,
    /// The attribute is not for the caller to set.
    AttributeReadOnly = CKR_ATTRIBUTE_READ_ONLY,
    /// The value never leaves the card.
    AttributeSensitive = CKR_ATTRIBUTE_SENSITIVE,
    /// The object has no such attribute.
    AttributeTypeInvalid = CKR_ATTRIBUTE_TYPE_INVALID,
    /// The attribute cannot have this value.
    AttributeValueInvalid = CKR_ATTRIBUTE_VALUE_INVALID,
    /// The caller's buffer is too small.
    BufferTooSmall = CKR_BUFFER_TOO_SMALL,
    /// `C_Initialize` was called before.
    AlreadyInitialized = CKR_CRYPTOKI_ALREADY_INITIALIZED,
    /// `C_Initialize` was not called in this process.
    NotInitialized = CKR_CRYPTOKI_NOT_INITIALIZED,
    /// The curve is not one of the card's.
    CurveNotSupported = CKR_CURVE_NOT_SUPPORTED,
    /// The data does not suit the mechanism.
    DataLengthRange = CKR_DATA_LEN_RANGE,
    /// The card or the reader answered in a way that makes no sense.
    DeviceError = CKR_DEVICE_ERROR,
    /// The card was removed while it was used.
    DeviceRemoved = CKR_DEVICE_REMOVED,
    /// Nothing was entered on the reader's keypad.
    FunctionCanceled = CKR_FUNCTION_CANCELED,
    /// The function is not built.
    FunctionNotSupported = CKR_FUNCTION_NOT_SUPPORTED,
    /// A relic of parallel sessions.
    FunctionNotParallel = CKR_FUNCTION_NOT_PARALLEL,
    /// A fault of this module.
    GeneralError = CKR_GENERAL_ERROR,
    /// There is no room for more.
    HostMemory = CKR_HOST_MEMORY,
    /// No key has this handle.
    KeyHandleInvalid = CKR_KEY_HANDLE_INVALID,
    /// The key cannot be hashed.
    KeyIndigestible = CKR_KEY_INDIGESTIBLE,
    /// The key is of another kind than the mechanism wants.
    KeyTypeInconsistent = CKR_KEY_TYPE_INCONSISTENT,
    /// The key would be longer than it can be.
    KeySizeRange = CKR_KEY_SIZE_RANGE,
    /// The key may not do this.
    KeyFunctionNotPermitted = CKR_KEY_FUNCTION_NOT_PERMITTED,
    /// The mechanism is not offered.
    MechanismInvalid = CKR_MECHANISM_INVALID,
    /// The mechanism takes no such parameter.
    MechanismParamInvalid = CKR_MECHANISM_PARAM_INVALID,
    /// Nothing happened to any slot.
    NoEvent = CKR_NO_EVENT,
    /// No object has this handle.
    ObjectHandleInvalid = CKR_OBJECT_HANDLE_INVALID,
    /// Another operation of this kind is active in the session.
    OperationActive = CKR_OPERATION_ACTIVE,
    /// No operation of this kind is active in the session.
    OperationNotInitialized = CKR_OPERATION_NOT_INITIALIZED,
    /// The transport PIN has to be changed first.
    PinExpired = CKR_PIN_EXPIRED,
    /// The PIN is wrong.
    PinIncorrect = CKR_PIN_INCORRECT,
    /// The new PIN has characters it may not have, or the card refuses it.
    PinInvalid = CKR_PIN_INVALID,
    /// The new PIN is too short or too long.
    PinLengthRange = CKR_PIN_LEN_RANGE,
    /// The PIN is blocked.
    PinLocked = CKR_PIN_LOCKED,
    /// Nothing can be added to the random source.
    RandomSeedNotSupported = CKR_RANDOM_SEED_NOT_SUPPORTED,
    /// No session has this handle.
    SessionHandleInvalid = CKR_SESSION_HANDLE_INVALID,
    /// `CKF_SERIAL_SESSION` was not set.
    SessionParallelNotSupported = CKR_SESSION_PARALLEL_NOT_SUPPORTED,
    /// The session is read-only.
    SessionReadOnly = CKR_SESSION_READ_ONLY,
    /// The signature is not one of this key over this data.
    SignatureInvalid = CKR_SIGNATURE_INVALID,
    /// No signature of this key has this length.
    SignatureLengthRange = CKR_SIGNATURE_LEN_RANGE,
    /// The security officer works in no read-only session, and one is open.
    SessionReadOnlyExists = CKR_SESSION_READ_ONLY_EXISTS,
    /// The security officer is logged in, who works in no read-only session.
    SessionReadWriteSoExists = CKR_SESSION_READ_WRITE_SO_EXISTS,
    /// No slot has this number.
    SlotIdInvalid = CKR_SLOT_ID_INVALID,
    /// The template lacks an attribute.
    TemplateIncomplete = CKR_TEMPLATE_INCOMPLETE,
    /// The template contradicts itself or the object.
    TemplateInconsistent = CKR_TEMPLATE_INCONSISTENT,
    /// There is no card in the reader.
    TokenNotPresent = CKR_TOKEN_NOT_PRESENT,
    /// The card is no PIV card.
    TokenNotRecognized = CKR_TOKEN_NOT_RECOGNIZED,
    /// Nothing is written to a card through this module.
    TokenWriteProtected = CKR_TOKEN_WRITE_PROTECTED,
    /// Somebody of the other kind is logged in.
    UserAnotherAlreadyLoggedIn = CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    /// A user is logged in already.
    UserAlreadyLoggedIn = CKR_USER_ALREADY_LOGGED_IN,
    /// The user has to log in first, for some keys before each use.
    UserNotLoggedIn = CKR_USER_NOT_LOGGED_IN,
    /// The card is not personalized: it has no user PIN of its own.
    UserPinNotInitialized = CKR_USER_PIN_NOT_INITIALIZED,
    /// No such kind of user.
    UserTypeInvalid = CKR_USER_TYPE_INVALID,
}
