//! What each function may return (PKCS#11 3.2, section 5: each function's list, and 5.1 for all).

use cryptoki_sys::*;

/// Any function. `CKR_GENERAL_ERROR` is left out: it stands for a fault of the module.
const ANY: &[CK_RV] = &[
    CKR_OK,
    CKR_ARGUMENTS_BAD,
    CKR_CRYPTOKI_NOT_INITIALIZED,
    CKR_FUNCTION_FAILED,
    CKR_FUNCTION_NOT_SUPPORTED,
    CKR_HOST_MEMORY,
];
/// Those that use a session, and with it a token.
const SESSION: &[CK_RV] = &[
    CKR_SESSION_HANDLE_INVALID,
    CKR_SESSION_CLOSED,
    CKR_DEVICE_REMOVED,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_MEMORY,
    CKR_TOKEN_NOT_PRESENT,
];
/// Those that use the token of a slot.
const TOKEN: &[CK_RV] = &[
    CKR_SLOT_ID_INVALID,
    CKR_TOKEN_NOT_PRESENT,
    CKR_TOKEN_NOT_RECOGNIZED,
    CKR_DEVICE_REMOVED,
    CKR_DEVICE_ERROR,
    CKR_DEVICE_MEMORY,
];
/// Those that begin something with a key or a mechanism.
const BEGIN: &[CK_RV] = &[
    CKR_FUNCTION_CANCELED,
    CKR_KEY_FUNCTION_NOT_PERMITTED,
    CKR_KEY_HANDLE_INVALID,
    CKR_KEY_SIZE_RANGE,
    CKR_KEY_TYPE_INCONSISTENT,
    CKR_MECHANISM_INVALID,
    CKR_MECHANISM_PARAM_INVALID,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_CANCEL_FAILED,
    CKR_PIN_EXPIRED,
    CKR_USER_NOT_LOGGED_IN,
];
/// Those that go on with it.
const GO_ON: &[CK_RV] = &[
    CKR_BUFFER_TOO_SMALL,
    CKR_DATA_INVALID,
    CKR_DATA_LEN_RANGE,
    CKR_ENCRYPTED_DATA_INVALID,
    CKR_ENCRYPTED_DATA_LEN_RANGE,
    CKR_FUNCTION_CANCELED,
    CKR_FUNCTION_REJECTED,
    CKR_OPERATION_ACTIVE,
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_PIN_EXPIRED,
    CKR_SIGNATURE_INVALID,
    CKR_SIGNATURE_LEN_RANGE,
    CKR_USER_NOT_LOGGED_IN,
];
/// Those that make or change objects.
const OBJECT: &[CK_RV] = &[
    CKR_ACTION_PROHIBITED,
    CKR_ATTRIBUTE_READ_ONLY,
    CKR_ATTRIBUTE_TYPE_INVALID,
    CKR_ATTRIBUTE_VALUE_INVALID,
    CKR_CURVE_NOT_SUPPORTED,
    CKR_DOMAIN_PARAMS_INVALID,
    CKR_OBJECT_HANDLE_INVALID,
    CKR_PIN_EXPIRED,
    CKR_SESSION_READ_ONLY,
    CKR_TEMPLATE_INCOMPLETE,
    CKR_TEMPLATE_INCONSISTENT,
    CKR_TOKEN_WRITE_PROTECTED,
    CKR_USER_NOT_LOGGED_IN,
];
/// Those that take a PIN.
const PIN: &[CK_RV] = &[
    CKR_FUNCTION_CANCELED,
    CKR_PIN_EXPIRED,
    CKR_PIN_INCORRECT,
    CKR_PIN_INVALID,
    CKR_PIN_LEN_RANGE,
    CKR_PIN_LOCKED,
    CKR_SESSION_READ_ONLY,
    CKR_TOKEN_WRITE_PROTECTED,
    CKR_USER_NOT_LOGGED_IN,
];
/// Those of a login besides.
const LOGIN: &[CK_RV] = &[
    CKR_OPERATION_NOT_INITIALIZED,
    CKR_SESSION_READ_ONLY_EXISTS,
    CKR_USER_ALREADY_LOGGED_IN,
    CKR_USER_ANOTHER_ALREADY_LOGGED_IN,
    CKR_USER_PIN_NOT_INITIALIZED,
    CKR_USER_TOO_MANY_TYPES,
    CKR_USER_TYPE_INVALID,
];
/// Those of keys that are wrapped.
const WRAP: &[CK_RV] = &[
    CKR_KEY_NOT_WRAPPABLE,
    CKR_KEY_UNEXTRACTABLE,
    CKR_UNWRAPPING_KEY_HANDLE_INVALID,
    CKR_UNWRAPPING_KEY_SIZE_RANGE,
    CKR_UNWRAPPING_KEY_TYPE_INCONSISTENT,
    CKR_WRAPPED_KEY_INVALID,
    CKR_WRAPPED_KEY_LEN_RANGE,
    CKR_WRAPPING_KEY_HANDLE_INVALID,
    CKR_WRAPPING_KEY_SIZE_RANGE,
    CKR_WRAPPING_KEY_TYPE_INCONSISTENT,
];

/// Whether a function may return this.
pub(crate) fn allows(function: &str, rv: CK_RV) -> bool {
    ANY.contains(&rv) || lists(function).iter().any(|list| list.contains(&rv))
}

fn lists(function: &str) -> &'static [&'static [CK_RV]] {
    match function {
        "C_Initialize" => &[&[
            CKR_CANT_LOCK,
            CKR_CRYPTOKI_ALREADY_INITIALIZED,
            CKR_NEED_TO_CREATE_THREADS,
        ]],
        "C_Finalize" | "C_GetInfo" | "C_GetFunctionList" => &[],
        "C_GetInterface" => &[],
        "C_GetInterfaceList" | "C_GetSlotList" => &[&[CKR_BUFFER_TOO_SMALL]],
        "C_GetSlotInfo" | "C_GetTokenInfo" | "C_CloseAllSessions" => &[TOKEN],
        "C_WaitForSlotEvent" => &[&[CKR_NO_EVENT]],
        "C_GetMechanismList" => &[TOKEN, &[CKR_BUFFER_TOO_SMALL]],
        "C_GetMechanismInfo" => &[TOKEN, &[CKR_MECHANISM_INVALID]],
        "C_InitToken" => &[TOKEN, PIN, &[CKR_SESSION_EXISTS]],
        "C_OpenSession" => &[
            TOKEN,
            &[
                CKR_SESSION_ASYNC_NOT_SUPPORTED,
                CKR_SESSION_COUNT,
                CKR_SESSION_PARALLEL_NOT_SUPPORTED,
                CKR_SESSION_READ_WRITE_SO_EXISTS,
                CKR_TOKEN_WRITE_PROTECTED,
            ],
        ],
        "C_InitPIN" | "C_SetPIN" => &[SESSION, PIN],
        "C_Login" | "C_LoginUser" => &[SESSION, PIN, LOGIN],
        "C_Logout" => &[SESSION, &[CKR_USER_NOT_LOGGED_IN]],
        "C_CloseSession" | "C_GetSessionInfo" => &[SESSION],
        "C_GetFunctionStatus" | "C_CancelFunction" => &[SESSION, &[CKR_FUNCTION_NOT_PARALLEL]],
        "C_SessionCancel" => &[SESSION, &[CKR_OPERATION_CANCEL_FAILED]],
        "C_GetOperationState" | "C_SetOperationState" => &[
            SESSION,
            &[
                CKR_BUFFER_TOO_SMALL,
                CKR_KEY_CHANGED,
                CKR_KEY_NEEDED,
                CKR_KEY_NOT_NEEDED,
                CKR_OPERATION_NOT_INITIALIZED,
                CKR_SAVED_STATE_INVALID,
                CKR_STATE_UNSAVEABLE,
            ],
        ],
        "C_CreateObject" | "C_CopyObject" | "C_DestroyObject" | "C_SetAttributeValue" => {
            &[SESSION, OBJECT]
        }
        "C_GetObjectSize" => &[
            SESSION,
            &[CKR_INFORMATION_SENSITIVE, CKR_OBJECT_HANDLE_INVALID],
        ],
        "C_GetAttributeValue" => &[
            SESSION,
            &[
                CKR_ATTRIBUTE_SENSITIVE,
                CKR_ATTRIBUTE_TYPE_INVALID,
                CKR_BUFFER_TOO_SMALL,
                CKR_OBJECT_HANDLE_INVALID,
            ],
        ],
        "C_FindObjectsInit" => &[
            SESSION,
            &[
                CKR_ATTRIBUTE_TYPE_INVALID,
                CKR_ATTRIBUTE_VALUE_INVALID,
                CKR_OPERATION_ACTIVE,
                CKR_PIN_EXPIRED,
            ],
        ],
        "C_FindObjects" | "C_FindObjectsFinal" => &[SESSION, &[CKR_OPERATION_NOT_INITIALIZED]],
        "C_SeedRandom" | "C_GenerateRandom" => &[
            SESSION,
            &[
                CKR_FUNCTION_CANCELED,
                CKR_OPERATION_ACTIVE,
                CKR_RANDOM_NO_RNG,
                CKR_RANDOM_SEED_NOT_SUPPORTED,
                CKR_USER_NOT_LOGGED_IN,
            ],
        ],
        "C_DigestKey" => &[
            SESSION,
            GO_ON,
            &[CKR_KEY_HANDLE_INVALID, CKR_KEY_INDIGESTIBLE],
        ],
        "C_GenerateKey" | "C_GenerateKeyPair" | "C_DeriveKey" => &[SESSION, BEGIN, OBJECT],
        name if name.contains("WrapKey") || name.contains("wrapKey") => {
            &[SESSION, BEGIN, OBJECT, WRAP, &[CKR_BUFFER_TOO_SMALL]]
        }
        name if name.contains("Encapsulate") || name.contains("Decapsulate") => {
            &[SESSION, BEGIN, OBJECT, WRAP, &[CKR_BUFFER_TOO_SMALL]]
        }
        // It takes the signature.
        "C_VerifySignatureInit" => &[SESSION, BEGIN, &[CKR_SIGNATURE_LEN_RANGE]],
        name if name.ends_with("Init") => &[SESSION, BEGIN],
        _ => &[SESSION, GO_ON],
    }
}
